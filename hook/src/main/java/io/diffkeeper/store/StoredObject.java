package io.diffkeeper.store;

import io.diffkeeper.delta.DeltaMethod;
import io.diffkeeper.tree.Digest;
import java.nio.ByteBuffer;

/**
 * An object in its stored form, as docs/store-format.md draws it.
 *
 * <pre>
 * u8 kind │ u8 form │ u8 trail │ u32 plain length │ base digest[32], of a delta │ body
 * body of form PACKED: u64 pack │ u32 offset in its plain bytes │ u32 length there
 * </pre>
 *
 * @param form how the body stands for the plain bytes
 * @param trail how many objects hang on this one in a row, as far as is known
 * @param length plain length, in bytes
 * @param base what a delta is to be applied to; null if it is none
 * @param body valid as long as the buffer it was parsed from
 */
record StoredObject(Kind kind, int form, int trail, int length, Digest base, ByteBuffer body) {
  static final int HEADER_BYTES = 7;

  /** Where in the header the trail is. */
  static final int TRAIL_AT = 2;

  static final int PLACE_BYTES = Long.BYTES + 2 * Integer.BYTES;

  static final int PLAIN = 0;
  static final int ZSTD = 0x10;
  static final int PACKED = 0x20;

  /** Byte planes of the object alone, {@link DeltaMethod#PLANES} with an empty base. */
  static final int PLANES = 0x30;

  /** Deltas have forms 1 to 15, the codes of their methods. */
  static final int DELTA_MAX = 0xf;

  /** Larger objects are neither the base nor the target of a delta: it bounds memory. */
  static final int DELTA_BYTES_MAX = 1 << 20;

  static final int TRAIL_MAX = 255;

  /** The object; null if the value cannot be one. */
  static StoredObject parse(ByteBuffer value) {
    if (value.remaining() < HEADER_BYTES) {
      return null;
    }
    ByteBuffer from = value.slice(); // LMDB's own buffer moves on with the next read
    Kind kind = Kind.of(from.get());
    int form = from.get();
    int trail = from.get() & 0xff;
    int length = from.getInt();
    if (kind == null || length < 0 || length > kind.bytesMax()) {
      return null;
    }
    boolean isDelta = form > PLAIN && form <= DELTA_MAX;
    Digest base = null;
    if (isDelta) {
      if (from.remaining() < Digest.BYTES
          || length > DELTA_BYTES_MAX
          || DeltaMethod.of(form) == null) {
        return null;
      }
      base = Digest.read(from);
    }
    boolean sound =
        switch (form) {
          case PLAIN -> from.remaining() == length;
          case PACKED -> from.remaining() == PLACE_BYTES;
          case PLANES -> length <= DELTA_BYTES_MAX;
          default -> isDelta || form == ZSTD;
        };
    return sound ? new StoredObject(kind, form, trail, length, base, from) : null;
  }

  boolean isDelta() {
    return base != null;
  }

  /** Of a packed object: the number of its pack. */
  long pack() {
    return body.getLong(body.position());
  }

  /** Of a packed object: where it starts in the pack's plain bytes. */
  int offset() {
    return body.getInt(body.position() + Long.BYTES);
  }

  /** Of a packed object: how many bytes it takes there. */
  int packedBytes() {
    return body.getInt(body.position() + Long.BYTES + Integer.BYTES);
  }

  /** Puts the body of a packed object. */
  static void putPlace(ByteBuffer to, long pack, int offset, int bytes) {
    to.putLong(pack).putInt(offset).putInt(bytes);
  }

  static void putHeader(ByteBuffer to, Kind kind, int form, int trail, int length) {
    to.put(kind.code()).put((byte) form).put((byte) trail).putInt(length);
  }
}
