package io.diffkeeper.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** A file of 1 MB of which every version changes a tenth, in one way or another. */
final class OneFile implements Workload {
  private static final int BYTES = 1_000_000;
  private static final int VERSIONS = 21;
  private static final int SCATTERED_RUNS = 1024;
  private static final Path FILE = Path.of("file");

  private enum Change {
    PATTERN,
    CONTIGUOUS,
    SCATTERED,
    EVERY_BYTE
  }

  private final String name;
  private final String description;
  private final Change change;
  private final Goals goals;
  private final Random random = new Random(1);
  private final byte[] content = new byte[BYTES];

  private OneFile(String name, String description, Change change, Goals goals) {
    this.name = name;
    this.description = description;
    this.change = change;
    this.goals = goals;
  }

  static OneFile pattern() {
    return new OneFile(
        "A0", "a period of 256 bytes, a tenth replaced", Change.PATTERN, new Goals(0.05, 2, 1.1));
  }

  static OneFile contiguous() {
    return new OneFile(
        "A1", "random, a tenth replaced at once", Change.CONTIGUOUS, new Goals(14.4, 2, 1.1));
  }

  static OneFile scattered() {
    return new OneFile(
        "A2", "random, 1024 runs replaced", Change.SCATTERED, new Goals(14.1, 4, 1.1));
  }

  static OneFile everyByte() {
    return new OneFile(
        "A3", "random, each byte with p = 0.1", Change.EVERY_BYTE, new Goals(22, 15, 1.1));
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String description() {
    return "1 MB " + description;
  }

  @Override
  public int versions() {
    return VERSIONS;
  }

  @Override
  public Goals goals() {
    return goals;
  }

  @Override
  public void make(Path dir) throws IOException {
    if (change == Change.PATTERN) {
      for (int i = 0; i < BYTES; i++) {
        content[i] = (byte) i;
      }
    } else {
      random.nextBytes(content);
    }
    Files.write(dir.resolve(FILE), content);
  }

  @Override
  public List<Path> change(Path dir, int version) throws IOException {
    int tenth = BYTES / 10;
    switch (change) {
      case PATTERN -> {
        int at = random.nextInt(BYTES - tenth);
        for (int i = 0; i < tenth; i++) {
          content[at + i] = (byte) (i + version);
        }
      }
      case CONTIGUOUS -> replace(random.nextInt(BYTES - tenth), tenth);
      case SCATTERED -> {
        int run = tenth / SCATTERED_RUNS;
        for (int i = 0; i < SCATTERED_RUNS; i++) {
          replace(random.nextInt(BYTES - run), run);
        }
      }
      case EVERY_BYTE -> {
        for (int i = 0; i < BYTES; i++) {
          if (random.nextInt(10) == 0) {
            content[i] = (byte) random.nextInt();
          }
        }
      }
    }
    Files.write(dir.resolve(FILE), content);
    return List.of(FILE);
  }

  private void replace(int at, int bytes) {
    byte[] part = new byte[bytes];
    random.nextBytes(part);
    System.arraycopy(part, 0, content, at, bytes);
  }
}
