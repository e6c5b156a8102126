package io.diffkeeper.delta;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.util.Random;

/**
 * Whatever a delta says: an exception, or as many bytes as were asked for. In the ordinary build
 * what fuzzing has found, and a sound delta by each method, is tried; with {@code JAZZER_FUZZ=1} in
 * the environment one method at a time looks for more.
 *
 * <pre>
 * input   u16 length of the target │ the delta, on a base that is always the same
 * </pre>
 */
class DeltaFuzzTest {
  static final int BASE_BYTES = 3000;

  private static final DeltaCodecs CODECS = new DeltaCodecs();

  /** Words that repeat, so that all methods have something to refer to. */
  static byte[] base() {
    byte[] base = new byte[BASE_BYTES];
    Random random = new Random(1);
    for (int i = 0; i < BASE_BYTES; i++) {
      base[i] = i < 1000 || i % 7 == 0 ? (byte) random.nextInt() : base[i - 1000];
    }
    return base;
  }

  private static void apply(DeltaMethod method, byte[] input) {
    if (input.length < Short.BYTES) {
      return;
    }
    ByteBuffer base = ByteBuffer.allocateDirect(BASE_BYTES).put(base()).flip();
    ByteBuffer delta = ByteBuffer.allocateDirect(input.length).put(input).flip();
    int length = delta.getShort() & 0xffff;
    try {
      CODECS.codec(method).apply(base, delta, ByteBuffer.allocateDirect(length));
    } catch (DeltaException refused) {
      // As it should be.
    }
  }

  @FuzzTest
  void sparse(byte[] input) {
    apply(DeltaMethod.SPARSE, input);
  }

  @FuzzTest
  void planes(byte[] input) {
    apply(DeltaMethod.PLANES, input);
  }

  @FuzzTest
  void zstd(byte[] input) {
    apply(DeltaMethod.ZSTD, input);
  }

  @FuzzTest
  void bsdiff(byte[] input) {
    apply(DeltaMethod.BSDIFF, input);
  }

  @FuzzTest
  void vcdiff(byte[] input) {
    apply(DeltaMethod.VCDIFF, input);
  }
}
