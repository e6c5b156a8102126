package io.diffkeeper.sys;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class NativePrintTest {
  private static final int BYTES = 1 << 16;

  @Test
  void isTheSameForTheSameBytesOnly() throws IOException {
    assumeTrue(NativePrint.isAvailable(), "the host has no libcrypto.so.3");
    byte[] bytes = new byte[BYTES];
    new Random(1).nextBytes(bytes);
    ByteBuffer buffer = ByteBuffer.allocateDirect(BYTES).put(bytes).flip();
    ByteBuffer elsewhere = ByteBuffer.allocateDirect(BYTES + 3).position(3).put(bytes);
    elsewhere.position(3);
    try (NativePrint one = new NativePrint();
        NativePrint two = new NativePrint()) {
      long[] expected = print(one, buffer);
      assertArrayEquals(expected, print(two, elsewhere), "by another one, from another place");
      Set<String> seen = new HashSet<>(Set.of(Arrays.toString(expected)));
      for (int bit = 0; bit < 8 * BYTES; bit += 97) {
        buffer.put(bit / 8, (byte) (bytes[bit / 8] ^ 1 << bit % 8));
        assertTrue(seen.add(Arrays.toString(print(one, buffer))), "bit " + bit);
        buffer.put(bit / 8, bytes[bit / 8]);
      }
      for (int length = 0; length < 200; length++) {
        buffer.limit(length);
        assertTrue(seen.add(Arrays.toString(print(one, buffer))), "length " + length);
      }
      buffer.limit(BYTES);
      assertArrayEquals(expected, print(one, buffer));
      assertEquals(0, buffer.position());
    }
  }

  private static long[] print(NativePrint printer, ByteBuffer bytes) {
    long[] print = new long[4];
    printer.print(bytes, print, 1);
    assertEquals(0, print[0] | print[3]);
    return Arrays.copyOfRange(print, 1, 3);
  }
}
