package io.diffkeeper.sys;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NativeVectorPrintTest {
  private static final Path NATIVE =
      Path.of(System.getProperty("diffkeeper.dist", "target/dist"), "lib/diffkeeper/native")
          .toAbsolutePath();
  private static final Path LIBRARY = NATIVE.resolve("libdiffkeeper-print.so");
  private static final int BLOCK_BYTES = 4096;
  private static final int WORD_BYTES = 16;
  private static final int AT_MAX = 70;
  private static final long REDUCTION = 0x87;

  private final Random random = new Random(20261128);

  /** Polynomials over GF(2), the lowest bit the constant. */
  private record Wide(long low, long high) {
    Wide plus(Wide other) {
      return new Wide(low ^ other.low, high ^ other.high);
    }

    /** The product of two of degrees below 64. */
    static Wide product(long a, long b) {
      long low = 0;
      long high = 0;
      for (int bit = 0; bit < Long.SIZE; bit++) {
        if ((b >>> bit & 1) != 0) {
          low ^= a << bit;
          high ^= bit == 0 ? 0 : a >>> Long.SIZE - bit;
        }
      }
      return new Wide(low, high);
    }

    /** The product modulo x^128 + x^7 + x^2 + x + 1. */
    Wide times(Wide other) {
      Wide product = new Wide(0, 0);
      for (int bit = 2 * Long.SIZE - 1; bit >= 0; bit--) {
        long over = product.high >>> Long.SIZE - 1;
        long carried = product.high << 1 | product.low >>> Long.SIZE - 1;
        product = new Wide(product.low << 1 ^ over * REDUCTION, carried);
        long word = bit < Long.SIZE ? other.low : other.high;
        product = (word >>> bit % Long.SIZE & 1) != 0 ? product.plus(this) : product;
      }
      return product;
    }
  }

  private static long[] expected(ByteBuffer key, byte[] bytes) {
    int blocks = (bytes.length + BLOCK_BYTES - 1) / BLOCK_BYTES;
    ByteBuffer padded = ByteBuffer.wrap(Arrays.copyOf(bytes, blocks * BLOCK_BYTES));
    padded.order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer keys = key.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    int at = BLOCK_BYTES + WORD_BYTES;
    Wide argument = new Wide(keys.getLong(at), keys.getLong(at + Long.BYTES));
    Wide print = new Wide(0, 0);
    for (int from = 0; from < padded.capacity(); from += BLOCK_BYTES) {
      for (int moved : new int[] {0, WORD_BYTES}) {
        Wide sum = new Wide(0, 0);
        for (int i = 0; i < BLOCK_BYTES; i += WORD_BYTES) {
          long low = padded.getLong(from + i) ^ keys.getLong(moved + i);
          long high = padded.getLong(from + i + 8) ^ keys.getLong(moved + i + 8);
          sum = sum.plus(Wide.product(low, high));
        }
        print = print.plus(sum).times(argument);
      }
    }
    print = print.plus(new Wide(bytes.length, 0)).times(argument);
    return new long[] {print.low, print.high};
  }

  private ByteBuffer filled(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    int at = random.nextInt(AT_MAX);
    return ByteBuffer.allocateDirect(at + length).position(at).put(bytes).position(at);
  }

  private static long[] print(NativeVectorPrint printer, ByteBuffer bytes) {
    long[] print = new long[4];
    int position = bytes.position();
    printer.print(bytes, print, 1);
    assertEquals(0, print[0] | print[3]);
    assertEquals(position, bytes.position());
    return Arrays.copyOfRange(print, 1, 3);
  }

  private static void load() throws IOException {
    String processor = Files.readString(Path.of("/proc/cpuinfo"));
    assumeTrue(
        processor.contains("avx512f") && processor.contains("vpclmulqdq"),
        "the processor has no VPCLMULQDQ of AVX-512");
    assertNotNull(NativeVectorPrint.of(LIBRARY), "make build makes the library");
  }

  @Test
  void isWhatItIsDefinedToBe() throws IOException {
    load();
    for (int length : new int[] {0, 1, 15, 16, 17, 4095, 4096, 4097, 9000, 1 << 16}) {
      ByteBuffer key = filled(NativeVectorPrint.KEY_BYTES).slice();
      ByteBuffer bytes = filled(length);
      byte[] copy = new byte[length];
      bytes.get(bytes.position(), copy);
      NativeVectorPrint printer = NativeVectorPrint.of(LIBRARY, key);
      assertArrayEquals(expected(key, copy), print(printer, bytes), "length " + length);
    }
  }

  @Test
  void isTheSameAllOverTheProcess() throws IOException {
    load();
    ByteBuffer bytes = filled(1 << 16);
    long[] one = print(NativeVectorPrint.of(LIBRARY), bytes);
    assertArrayEquals(one, print(NativeVectorPrint.of(LIBRARY), bytes));
    bytes.put(bytes.limit() - 1, (byte) ~bytes.get(bytes.limit() - 1));
    assertNotEquals(one[0], print(NativeVectorPrint.of(LIBRARY), bytes)[0]);
  }

  @Test
  void isNotThereWithoutItsLibrary() throws IOException {
    assertNull(NativeVectorPrint.of(NATIVE.resolve("no-such.so")));
    assertNull(NativeVectorPrint.of(NATIVE.resolve("liblmdb.so")), "another");
  }
}
