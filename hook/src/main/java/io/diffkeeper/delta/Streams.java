package io.diffkeeper.delta;

import java.nio.ByteBuffer;

/**
 * Byte streams one after the other, each compressed by itself if that pays: numbers, lengths and
 * literals have different statistics, and spoil each other's when they are mixed.
 *
 * <pre>
 * stream   varint 2 × plain length + compressed │ varint frame length, if compressed │ bytes
 * </pre>
 */
final class Streams {
  /** Shorter ones gain little, and where many of them are compressed together they lose by it. */
  static final int COMPRESSED_BYTES_MIN = 512;

  /** Of longer ones a part says first whether it is worth it: most of what is not is noise. */
  private static final int SAMPLED_BYTES_MIN = 16 << 10;

  private static final int SAMPLE_BYTES = 4096;

  /** What compression has to save. */
  private static final int SAVING_PART = 16;

  private final Frames frames;
  private final Compression compression;

  /** Streams of one delta that can be read at the same time. */
  private static final int SLOTS = 4;

  private final ByteBuffer[] slots = new ByteBuffer[SLOTS];
  private ByteBuffer spare = ByteBuffer.allocateDirect(0);
  private boolean compressed;

  /** Compresses; false if the result is longer than what remains in the buffer. */
  private interface Compression {
    boolean compress(ByteBuffer plain, ByteBuffer to);
  }

  Streams(Frames frames) {
    this(frames, frames::compress);
  }

  private Streams(Frames frames, Compression compression) {
    this.frames = frames;
    this.compression = compression;
    java.util.Arrays.fill(slots, spare);
  }

  /** Streams of one byte of each of many numbers. */
  static Streams ofNumbers(Frames frames) {
    return new Streams(frames, frames::compressNumbers);
  }

  /** Appends a stream; false if it does not fit. */
  boolean put(ByteBuffer plain, ByteBuffer to) {
    compressed = plain.remaining() >= COMPRESSED_BYTES_MIN && !isNoise(plain) && compress(plain);
    return put(compressed ? spare.flip() : plain, plain.remaining(), to);
  }

  /** The same without an attempt to compress it. */
  boolean putPlain(ByteBuffer plain, ByteBuffer to) {
    compressed = false;
    return put(plain, plain.remaining(), to);
  }

  /** Whether the last one that was to be put was compressed. */
  boolean isCompressed() {
    return compressed;
  }

  private boolean put(ByteBuffer bytes, int length, ByteBuffer to) {
    if (to.remaining() < bytes.remaining() + 2 * Varints.BYTES_MAX) {
      return false;
    }
    Varints.put(to, 2 * length + (compressed ? 1 : 0));
    if (compressed) {
      Varints.put(to, bytes.remaining());
    }
    to.put(bytes.duplicate());
    return true;
  }

  private boolean isNoise(ByteBuffer plain) {
    int middle = (plain.remaining() - SAMPLE_BYTES) / 2;
    return plain.remaining() >= SAMPLED_BYTES_MIN
        && !compress(plain.slice(plain.position() + middle, SAMPLE_BYTES));
  }

  /** Compresses into the spare buffer; false if that saves too little. */
  private boolean compress(ByteBuffer plain) {
    int length = plain.remaining();
    spare = Buffers.ensure(spare, length);
    spare.clear().limit(length - length / SAVING_PART);
    return compression.compress(plain, spare);
  }

  /**
   * Reads a stream.
   *
   * @param bytesMax longest plain length that is right here
   * @param slot which of the four buffers may hold its bytes; they are valid until its next use
   */
  ByteBuffer get(ByteBuffer from, int bytesMax, int slot) throws DeltaException {
    int head = Varints.get(from);
    int length = head >>> 1;
    boolean compressed = (head & 1) != 0;
    int stored = compressed ? Varints.get(from) : length;
    if (length > bytesMax || stored > from.remaining()) {
      throw new DeltaException("stream of a delta too long");
    }
    ByteBuffer bytes = from.duplicate().limit(from.position() + stored);
    from.position(bytes.limit());
    if (!compressed) {
      return bytes;
    }
    slots[slot] = Buffers.ensure(slots[slot], length);
    ByteBuffer plain = slots[slot].clear().limit(length);
    frames.decompress(bytes, plain);
    return plain.flip();
  }
}
