package io.diffkeeper.delta;

import java.nio.ByteBuffer;

/**
 * Words of 32 bits that all moved a little, as the floats of a trained model do: little-endian
 * differences, their sign in the lowest bit, byte by byte in streams of their own. With an empty
 * base it separates the bytes of the words themselves: a float's exponent then is alone in one.
 *
 * <pre>
 * delta   stream: lowest byte of each difference │ stream │ stream │ stream: highest byte
 *         │ 0 to 3 bytes: the rest of the target
 * </pre>
 */
final class Planes implements DeltaCodec {
  private static final int WORD_BYTES = Integer.BYTES;

  private final Streams streams;
  private final ByteBuffer[] planes = new ByteBuffer[WORD_BYTES];

  Planes(Streams streams) {
    this.streams = streams;
    java.util.Arrays.setAll(planes, i -> ByteBuffer.allocateDirect(0));
  }

  @Override
  public boolean diff(ByteBuffer base, ByteBuffer target, ByteBuffer delta) {
    int words = target.remaining() / WORD_BYTES;
    for (int i = 0; i < WORD_BYTES; i++) {
      planes[i] = Buffers.ensure(planes[i], words).clear().limit(words);
    }
    int b = base.position();
    int t = target.position();
    int common = Math.min(base.remaining() / WORD_BYTES, words);
    for (int i = 0; i < words; i++) {
      int old = i < common ? Integer.reverseBytes(base.getInt(b + WORD_BYTES * i)) : 0;
      int difference = Integer.reverseBytes(target.getInt(t + WORD_BYTES * i)) - old;
      int folded = difference << 1 ^ difference >> 31;
      planes[0].put(i, (byte) folded);
      planes[1].put(i, (byte) (folded >> 8));
      planes[2].put(i, (byte) (folded >> 16));
      planes[3].put(i, (byte) (folded >> 24));
    }
    for (ByteBuffer plane : planes) {
      if (!streams.put(plane, delta)) {
        return false;
      }
    }
    ByteBuffer rest = target.duplicate().position(t + WORD_BYTES * words);
    boolean fits = delta.remaining() >= rest.remaining();
    if (fits) {
      delta.put(rest);
    }
    return fits;
  }

  @Override
  public void apply(ByteBuffer base, ByteBuffer delta, ByteBuffer target) throws DeltaException {
    ByteBuffer from = delta.duplicate();
    int words = target.remaining() / WORD_BYTES;
    ByteBuffer[] read = new ByteBuffer[WORD_BYTES];
    for (int i = 0; i < WORD_BYTES; i++) {
      read[i] = streams.get(from, words, i).slice();
      if (read[i].remaining() != words) {
        throw new DeltaException("plane of a delta too short");
      }
    }
    int b = base.position();
    int t = target.position();
    int common = Math.min(base.remaining() / WORD_BYTES, words);
    for (int i = 0; i < words; i++) {
      int old = i < common ? Integer.reverseBytes(base.getInt(b + WORD_BYTES * i)) : 0;
      int folded =
          read[0].get(i) & 0xff
              | (read[1].get(i) & 0xff) << 8
              | (read[2].get(i) & 0xff) << 16
              | read[3].get(i) << 24;
      int difference = folded >>> 1 ^ -(folded & 1);
      target.putInt(t + WORD_BYTES * i, Integer.reverseBytes(old + difference));
    }
    ByteBuffer rest = target.duplicate().position(t + WORD_BYTES * words);
    if (from.remaining() != rest.remaining()) {
      throw new DeltaException("delta does not end with the target");
    }
    rest.put(from);
  }
}
