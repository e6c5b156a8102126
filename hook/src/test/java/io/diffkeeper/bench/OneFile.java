package io.diffkeeper.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Random;

/** A file of 1 MB of which every version changes a tenth, in one way or another. */
final class OneFile implements Workload {
  private static final int BYTES = 1_000_000;
  private static final int VERSIONS = 21;
  private static final int SCATTERED_RUNS = 1024;
  private static final int RARE = 10;
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
  private double leastBytes;

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

  /** What is random in them; where it is does not count. */
  @Override
  public double leastBytes() {
    return leastBytes;
  }

  @Override
  public void make(Path dir) throws IOException {
    if (change == Change.PATTERN) {
      for (int i = 0; i < BYTES; i++) {
        content[i] = (byte) i;
      }
    } else {
      random.nextBytes(content);
      leastBytes = BYTES;
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
      case CONTIGUOUS -> leastBytes += replace(1, tenth);
      case SCATTERED -> leastBytes += replace(SCATTERED_RUNS, tenth / SCATTERED_RUNS);
      case EVERY_BYTE -> {
        for (int i = 0; i < BYTES; i++) {
          if (random.nextInt(RARE) == 0) {
            content[i] = (byte) random.nextInt();
          }
        }
        leastBytes += BYTES * bitsEach() / Byte.SIZE;
      }
    }
    Files.write(dir.resolve(FILE), content);
    return List.of(FILE);
  }

  /** Replaces runs; gives how many bytes are in any of them. */
  private int replace(int runs, int bytes) {
    BitSet replaced = new BitSet(BYTES);
    byte[] part = new byte[bytes];
    for (int i = 0; i < runs; i++) {
      int at = random.nextInt(BYTES - bytes);
      random.nextBytes(part);
      System.arraycopy(part, 0, content, at, bytes);
      replaced.set(at, at + bytes);
    }
    return replaced.cardinality();
  }

  /** The entropy of whether a byte has changed, and of what to. */
  private static double bitsEach() {
    int others = (1 << Byte.SIZE) - 1;
    double changed = 1.0 / RARE * others / (others + 1);
    return -changed * log2(changed / others) - (1 - changed) * log2(1 - changed);
  }

  private static double log2(double value) {
    return Math.log(value) / Math.log(2);
  }
}
