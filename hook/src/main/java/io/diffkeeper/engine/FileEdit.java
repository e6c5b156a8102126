package io.diffkeeper.engine;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;

/**
 * A file's text, and what it becomes.
 *
 * @param before null if there is no such file
 * @param after null if there is to be none
 */
public record FileEdit(Path file, String before, String after) {
  private static final long BYTES_MAX = 4 << 20;
  private static final String BACKUP = ".before-diffkeeper";

  /** Whether there is anything to do. */
  public boolean changes() {
    return !Objects.equals(before, after);
  }

  /** Where the text that an engine had before us is kept. */
  public static Path backup(Path file) {
    return file.resolveSibling(file.getFileName() + BACKUP);
  }

  /** A file's text; null if there is none. */
  static String read(Path file) throws IOException {
    try {
      if (Files.size(file) > BYTES_MAX) {
        throw bad(file, "longer than " + BYTES_MAX + " bytes");
      }
      return Files.readString(file);
    } catch (NoSuchFileException none) {
      return null;
    } catch (java.nio.charset.MalformedInputException malformed) {
      throw bad(file, "not UTF-8");
    }
  }

  static DiffKeeperException bad(Path file, String why) {
    return new DiffKeeperException(ExitCode.BAD_INPUT, file + ": " + why);
  }

  /**
   * Writes it in one step: whoever reads the file meanwhile gets the old or the new one. Links are
   * followed, owner and mode stay. What the file had before is kept beside it, as long as it is not
   * that again.
   */
  public void apply() throws IOException {
    if (after == null) {
      Files.deleteIfExists(file);
      return;
    }
    Files.createDirectories(file.toAbsolutePath().getParent());
    Path target = before == null ? file : file.toRealPath();
    if (before != null && !Files.exists(backup(file))) {
      Files.copy(target, backup(file), StandardCopyOption.COPY_ATTRIBUTES);
    }
    Path written = target.resolveSibling("." + target.getFileName() + ".diffkeeper");
    try {
      write(written);
      like(target, written);
      Files.move(written, target, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(written);
    }
    if (after.equals(read(backup(file)))) {
      Files.delete(backup(file));
    }
  }

  private void write(Path written) throws IOException {
    Files.deleteIfExists(written);
    Files.write(written, after.getBytes(StandardCharsets.UTF_8), StandardOpenOption.CREATE_NEW);
    try (FileChannel channel = FileChannel.open(written, StandardOpenOption.WRITE)) {
      channel.force(true); // or a power loss could leave an empty file behind the rename
    }
  }

  private void like(Path target, Path written) throws IOException {
    if (before == null) {
      Files.setPosixFilePermissions(written, PosixFilePermissions.fromString("rw-r--r--"));
      return;
    }
    PosixFileAttributes old = Files.readAttributes(target, PosixFileAttributes.class);
    PosixFileAttributeView view = Files.getFileAttributeView(written, PosixFileAttributeView.class);
    view.setPermissions(old.permissions());
    view.setOwner(old.owner());
    view.setGroup(old.group());
  }
}
