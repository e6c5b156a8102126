package io.diffkeeper.delta;

import java.nio.ByteBuffer;

/** Numbers of 0 to 2³¹−1 in base 128, least significant group first, as LEB128. */
final class Varints {
  static final int BYTES_MAX = 5;

  private Varints() {}

  static void put(ByteBuffer to, int value) {
    int rest = value;
    while (rest > 0x7f) {
      to.put((byte) (rest | 0x80));
      rest >>>= 7;
    }
    to.put((byte) rest);
  }

  static int get(ByteBuffer from) throws DeltaException {
    long value = 0;
    for (int shift = 0; shift < 7 * BYTES_MAX; shift += 7) {
      if (!from.hasRemaining()) {
        throw new DeltaException("delta ends in a number");
      }
      byte group = from.get();
      value |= (long) (group & 0x7f) << shift;
      if (group >= 0) {
        if (value > Integer.MAX_VALUE) {
          break;
        }
        return (int) value;
      }
    }
    throw new DeltaException("number too large in a delta");
  }
}
