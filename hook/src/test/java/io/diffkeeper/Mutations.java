package io.diffkeeper;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.function.Consumer;

/** Feeds a parser damaged input: it may accept it or say so in one line, and nothing else. */
public final class Mutations {
  private static final byte[] TELLING =
      "{}[]\",:0-9.eE\\u\0\n\r\t\u00ff/*?!#='true null"
          .getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);

  private Mutations() {}

  /** Runs {@code rounds} damaged copies of a sample through the parser; the seed is in failures. */
  public static void feed(byte[] sample, int rounds, Consumer<byte[]> parser) {
    for (long seed = 1; seed <= rounds; seed++) {
      byte[] damaged = damage(sample, new Random(seed));
      try {
        parser.accept(damaged);
      } catch (DiffKeeperException refused) {
        String message = refused.getMessage();
        assertTrue(refused.exitCode() == ExitCode.BAD_INPUT, "seed " + seed + ": " + message);
        assertFalse(message.chars().anyMatch(Character::isISOControl), "seed " + seed);
        assertTrue(message.length() < 600, "seed " + seed + ": " + message);
      } catch (RuntimeException | StackOverflowError escaped) {
        throw new AssertionError("seed " + seed, escaped);
      }
    }
  }

  private static byte[] damage(byte[] sample, Random random) {
    byte[] bytes = sample.clone();
    for (int hits = 1 + random.nextInt(4); hits > 0 && bytes.length > 0; hits--) {
      int at = random.nextInt(bytes.length);
      byte telling = TELLING[random.nextInt(TELLING.length)];
      switch (random.nextInt(5)) {
        case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> bytes[at] = telling;
        case 2 -> bytes = java.util.Arrays.copyOf(bytes, at);
        case 3 -> bytes = splice(bytes, at, at + random.nextInt(8), new byte[0]);
        default -> bytes = splice(bytes, at, at, new byte[] {telling});
      }
    }
    return bytes;
  }

  private static byte[] splice(byte[] bytes, int from, int to, byte[] with) {
    int end = Math.min(to, bytes.length);
    java.nio.ByteBuffer out =
        java.nio.ByteBuffer.allocate(bytes.length - (end - from) + with.length);
    return out.put(bytes, 0, from).put(with).put(bytes, end, bytes.length - end).array();
  }
}
