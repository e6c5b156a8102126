package io.diffkeeper.store;

import com.github.luben.zstd.Zstd;
import java.nio.ByteBuffer;
import org.lmdbjava.Cursor;
import org.lmdbjava.Dbi;
import org.lmdbjava.PutFlags;
import org.lmdbjava.Txn;

/**
 * Packs: many objects compressed together. The key is a u64, larger than those there were.
 *
 * <pre>
 * u8 form: 0 plain, 1 plain and with a version, 0x10 zstd │ u32 plain length
 * │ bytes: objects, one after the other
 * </pre>
 */
final class Packs {
  static final int HEADER_BYTES = 1 + Integer.BYTES;

  /** Plain bytes of a pack: whoever reads one object of it decompresses all of them. */
  static final int BYTES_MAX = 2 << 20;

  /** A larger object stays alone: it would hardly gain by company. */
  static final int OBJECT_BYTES_MAX = 512 << 10;

  /** Stored bytes of what is put into packs without being asked for everything. */
  static final int SMALL_BYTES_MAX = 16 << 10;

  /** Plain, too, but made by a writer of a version: for a collection its objects are loose. */
  private static final byte WRITTEN = 1;

  private final Environment environment;
  private final Blocks blocks = new Blocks();

  Packs(Environment environment) {
    this.environment = environment;
  }

  Dbi<ByteBuffer> dbi() {
    return environment.dbi(Environment.PACKS);
  }

  static ByteBuffer key(long number) {
    return ByteBuffer.allocateDirect(Long.BYTES).putLong(0, number);
  }

  /**
   * The plain bytes of a pack: decompressed, or, as any value, as they are in the database; null if
   * it is damaged. Valid for as long as the transaction, until it changes something, and until
   * another pack is asked for with this scratch.
   */
  ByteBuffer block(Txn<ByteBuffer> txn, long number, Scratch scratch) {
    Object writer = txn.isReadOnly() ? null : scratch;
    Blocks.Block held = scratch.block();
    if (held != null && held.is(number, txn.getId(), writer)) {
      return held.bytes();
    }
    ByteBuffer value = value(txn, number, scratch);
    if (value == null) {
      return null;
    }
    if (isPlain(value)) {
      return value.slice(HEADER_BYTES, value.limit() - HEADER_BYTES);
    }
    while (true) {
      Blocks.Block block = blocks.hold(number, txn.getId(), writer);
      scratch.hold(block);
      boolean toFill = block.isToFill();
      if (!toFill && block.isBusy()) {
        ahead(txn, number + 1, scratch);
      }
      if (toFill ? fill(block, value, scratch) : block.await()) {
        return block.bytes();
      }
      scratch.hold(null);
      if (toFill) {
        return null;
      }
    }
  }

  /**
   * Decompresses the pack that is likely to be needed next, if nobody has, while another thread is
   * busy with the one that is needed now.
   */
  private void ahead(Txn<ByteBuffer> txn, long number, Scratch scratch) {
    ByteBuffer value = value(txn, number, scratch);
    if (value == null || isPlain(value)) {
      return;
    }
    Blocks.Block block = blocks.holdMissing(number, txn.getId(), txn.isReadOnly() ? null : scratch);
    if (block != null) {
      try {
        fill(block, value, scratch);
      } finally {
        block.release();
      }
    }
  }

  private static boolean fill(Blocks.Block block, ByteBuffer value, Scratch scratch) {
    boolean filled = false;
    try {
      ByteBuffer from = value.slice(HEADER_BYTES, value.limit() - HEADER_BYTES);
      ByteBuffer room = block.room(length(value));
      filled = inflate(from, room, scratch);
    } finally {
      block.end(filled);
    }
    return filled;
  }

  private static boolean inflate(ByteBuffer frame, ByteBuffer room, Scratch scratch) {
    return Zstd.getDirectByteBufferFrameContentSize(frame, 0, frame.limit()) == room.limit()
        && Objects.inflate(frame, room, scratch);
  }

  /** A pack as it is in the database; null if it is missing or malformed. */
  private ByteBuffer value(Txn<ByteBuffer> txn, long number, Scratch scratch) {
    ByteBuffer found = dbi().get(txn, scratch.packKey(number));
    if (found == null || found.remaining() < HEADER_BYTES) {
      return null;
    }
    ByteBuffer value = found.slice(); // LMDB's own buffer moves on with the next read
    int length = length(value);
    boolean sound =
        isPlain(value) ? value.limit() - HEADER_BYTES == length : value.get(0) == StoredObject.ZSTD;
    return sound && length >= 0 && length <= BYTES_MAX ? value : null;
  }

  private static boolean isPlain(ByteBuffer value) {
    return value.get(0) == StoredObject.PLAIN || value.get(0) == WRITTEN;
  }

  /** Whether a writer of a version made the pack. */
  boolean isWritten(Txn<ByteBuffer> txn, long number) {
    ByteBuffer value = dbi().get(txn, key(number));
    return value != null && value.remaining() >= HEADER_BYTES && value.get(0) == WRITTEN;
  }

  /** The beginning of the value of a pack that a writer of a version makes. */
  static void putWrittenHeader(ByteBuffer value, int length) {
    value.put(WRITTEN).putInt(length);
  }

  /** The number for a new pack: none that may be in use, nor one that was while this one is. */
  long next(Txn<ByteBuffer> txn) {
    try (Cursor<ByteBuffer> cursor = dbi().openCursor(txn)) {
      return cursor.last() ? cursor.key().getLong(0) + 1 : 1;
    }
  }

  boolean has(Txn<ByteBuffer> txn, long number) {
    return dbi().get(txn, key(number)) != null;
  }

  void put(Txn<ByteBuffer> txn, long number, ByteBuffer value) {
    dbi().put(txn, key(number), value, PutFlags.MDB_APPEND);
  }

  /** Plain length of a pack; -1 if it is damaged. */
  static int length(ByteBuffer value) {
    return value.remaining() < HEADER_BYTES ? -1 : value.getInt(value.position() + 1);
  }
}
