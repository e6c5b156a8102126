package io.diffkeeper.store;

import java.nio.ByteBuffer;
import org.lmdbjava.Txn;

/**
 * Packs of what is small in a version, made with it. By themselves such objects take a page each,
 * or change pages all over the tree, as their keys are digests. They are in it as they are, so that
 * to read one takes no longer; a collection compresses them together.
 */
final class Bundle {
  /** Less would leave too much of its last page unused. */
  static final int BYTES_MIN = 8 << 10;

  /** Long runs of free pages are rare. */
  private static final int BYTES_MAX = 256 << 10;

  private final Packs packs;
  private final Txn<ByteBuffer> txn;
  private final ByteBuffer value;
  private final ByteBuffer entry =
      ByteBuffer.allocateDirect(StoredObject.HEADER_BYTES + StoredObject.PLACE_BYTES);

  /** Of the pack of the next entry. */
  private long number;

  /** Where the object of the next entry starts in it. */
  private int offset;

  /** Nothing yet; what is added is gathered in the scratch's buffer for compressed bytes. */
  Bundle(Packs packs, Txn<ByteBuffer> txn, Scratch scratch) {
    this.packs = packs;
    this.txn = txn;
    this.value = scratch.packed(Packs.HEADER_BYTES + BYTES_MAX);
    this.number = packs.next(txn);
    begin();
  }

  private void begin() {
    value.clear().limit(Packs.HEADER_BYTES + BYTES_MAX).position(Packs.HEADER_BYTES);
  }

  /** Adds an object in its stored form. */
  void add(ByteBuffer object) {
    if (object.remaining() > value.remaining()) {
      end();
      begin();
    }
    value.put(object.duplicate());
  }

  /** Writes the last pack. */
  void end() {
    int length = value.flip().limit() - Packs.HEADER_BYTES;
    Packs.putWrittenHeader(value, length);
    packs.put(txn, packs.next(txn), value.rewind());
  }

  /**
   * What an object's entry is to say; to be asked for all that were added, in the same order.
   *
   * @return valid until the next one is asked for
   */
  ByteBuffer entry(ByteBuffer object) {
    int bytes = object.remaining();
    if (bytes > BYTES_MAX - offset) {
      number++;
      offset = 0;
    }
    StoredObject packed = StoredObject.parse(object);
    StoredObject.putHeader(
        entry.clear(), packed.kind(), StoredObject.PACKED, packed.trail(), packed.length());
    StoredObject.putPlace(entry, number, offset, bytes);
    offset += bytes;
    return entry.flip();
  }
}
