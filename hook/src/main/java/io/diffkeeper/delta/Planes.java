package io.diffkeeper.delta;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

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
  // Java goes through arrays faster than through buffers.
  private int[] old = {};
  private int[] now = {};
  private final byte[][] planes = new byte[WORD_BYTES][0];
  private final ByteBuffer[] read = new ByteBuffer[WORD_BYTES];
  private ByteBuffer plane = ByteBuffer.allocateDirect(0);
  private final PlaneJoiner joiner;

  /**
   * A codec.
   *
   * @param joiner null for none
   */
  Planes(Streams streams, PlaneJoiner joiner) {
    this.streams = streams;
    this.joiner = joiner;
  }

  /** The first words of the buffer in an array that may be longer. */
  private static int[] words(ByteBuffer from, int count, int[] array) {
    int[] words = array.length >= count ? array : new int[count];
    from.duplicate().order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().get(words, 0, count);
    return words;
  }

  @Override
  public boolean diff(ByteBuffer base, ByteBuffer target, ByteBuffer delta) {
    int words = target.remaining() / WORD_BYTES;
    int common = Math.min(base.remaining() / WORD_BYTES, words);
    now = words(target, words, now);
    old = words(base, common, old);
    ensurePlanes(words);
    for (int i = 0; i < words; i++) {
      int difference = i < common ? now[i] - old[i] : now[i];
      int folded = difference << 1 ^ difference >> 31;
      planes[0][i] = (byte) folded;
      planes[1][i] = (byte) (folded >> 8);
      planes[2][i] = (byte) (folded >> 16);
      planes[3][i] = (byte) (folded >> 24);
    }
    plane = Buffers.ensure(plane, words);
    for (byte[] bytes : planes) {
      if (!streams.put(plane.clear().put(bytes, 0, words).flip(), delta)) {
        return false;
      }
    }
    ByteBuffer rest = target.duplicate().position(target.position() + WORD_BYTES * words);
    boolean fits = delta.remaining() >= rest.remaining();
    if (fits) {
      delta.put(rest);
    }
    return fits;
  }

  private void ensurePlanes(int words) {
    for (int i = 0; i < WORD_BYTES; i++) {
      planes[i] = planes[i].length >= words ? planes[i] : new byte[words];
    }
  }

  @Override
  public void apply(ByteBuffer base, ByteBuffer delta, ByteBuffer target) throws DeltaException {
    ByteBuffer from = delta.duplicate();
    int words = target.remaining() / WORD_BYTES;
    int common = Math.min(base.remaining() / WORD_BYTES, words);
    for (int i = 0; i < WORD_BYTES; i++) {
      read[i] = streams.get(from, words, i);
      if (read[i].remaining() != words) {
        throw new DeltaException("plane of a delta too short");
      }
    }
    if (joiner == null) {
      join(base, common, target, words);
    } else {
      joiner.join(read, base, common, target, words);
    }
    ByteBuffer rest = target.duplicate().position(target.position() + WORD_BYTES * words);
    if (from.remaining() != rest.remaining()) {
      throw new DeltaException("delta does not end with the target");
    }
    rest.put(from);
  }

  private void join(ByteBuffer base, int common, ByteBuffer target, int words) {
    ensurePlanes(words);
    for (int i = 0; i < WORD_BYTES; i++) {
      read[i].duplicate().get(planes[i], 0, words);
    }
    old = words(base, common, old);
    now = now.length >= words ? now : new int[words];
    for (int i = 0; i < words; i++) {
      int folded =
          planes[0][i] & 0xff
              | (planes[1][i] & 0xff) << 8
              | (planes[2][i] & 0xff) << 16
              | planes[3][i] << 24;
      int difference = folded >>> 1 ^ -(folded & 1);
      now[i] = i < common ? old[i] + difference : difference;
    }
    target.duplicate().order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().put(now, 0, words);
  }
}
