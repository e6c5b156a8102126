package io.diffkeeper.keeper;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** A tree that changes at random, as a container's does. */
final class RandomTree {
  private final Path top;
  private final Random random;
  private int names;

  private RandomTree(Path top, Random random) {
    this.top = top;
    this.random = random;
  }

  static RandomTree in(Path top, Random random) throws IOException {
    Files.createDirectories(top);
    return new RandomTree(top, random);
  }

  void grow(int operations) throws IOException {
    for (int i = 0; i < operations; i++) {
      change();
    }
  }

  private void change() throws IOException {
    Path directory = pick(true);
    Path fresh = directory.resolve("n" + names++);
    Path file = pick(false);
    switch (random.nextInt(12)) {
      case 0 -> Files.createDirectory(fresh);
      case 1, 2, 3 -> Files.write(fresh, bytes());
      case 4 -> Files.createSymbolicLink(fresh, Path.of("n" + random.nextInt(50)));
      case 5 -> sparse(fresh);
      case 6 -> rename(file, fresh);
      case 7 -> Files.deleteIfExists(file.equals(top) ? fresh : file);
      case 8 -> link(fresh, file);
      case 9 -> append(file);
      case 10 ->
          Files.setLastModifiedTime(
              file, FileTime.from(Instant.ofEpochSecond(random.nextInt(), random.nextInt(999))));
      default ->
          Files.setPosixFilePermissions(
              file,
              PosixFilePermissions.fromString(random.nextBoolean() ? "rwxr-x---" : "rw-r--r--"));
    }
  }

  private byte[] bytes() {
    byte[] bytes =
        new byte[random.nextInt(4) == 0 ? random.nextInt(200_000) : random.nextInt(3000)];
    random.nextBytes(bytes);
    return bytes;
  }

  private void sparse(Path fresh) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(fresh.toFile(), "rw")) {
      file.setLength(random.nextInt(1 << 20) + 1);
      file.seek(random.nextInt((int) file.length()));
      file.write(random.nextInt(256));
    }
  }

  private void rename(Path file, Path fresh) throws IOException {
    if (!file.equals(top)) {
      Files.move(file, fresh);
    }
  }

  private void link(Path fresh, Path file) throws IOException {
    if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      Files.createLink(fresh, file);
    }
  }

  private void append(Path file) throws IOException {
    if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      Files.write(file, bytes(), StandardOpenOption.APPEND);
    }
  }

  /** A directory, or any file that is no link; the top if there is none. */
  private Path pick(boolean directory) throws IOException {
    List<Path> all = new ArrayList<>();
    try (Stream<Path> walk = Files.walk(top)) {
      walk.filter(
              p ->
                  directory
                      ? Files.isDirectory(p, LinkOption.NOFOLLOW_LINKS)
                      : Files.isRegularFile(p, LinkOption.NOFOLLOW_LINKS))
          .forEach(all::add);
    }
    return all.isEmpty() ? top : all.get(random.nextInt(all.size()));
  }
}
