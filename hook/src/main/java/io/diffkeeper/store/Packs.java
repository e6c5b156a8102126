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
 * u8 form: 0 plain, 0x10 zstd │ u32 plain length │ bytes: objects, one after the other
 * </pre>
 */
final class Packs {
  static final int HEADER_BYTES = 1 + Integer.BYTES;

  /** Plain bytes of a pack: whoever reads one object of it decompresses all of them. */
  static final int BYTES_MAX = 2 << 20;

  /** A larger object stays alone: it would hardly gain by company. */
  static final int OBJECT_BYTES_MAX = 512 << 10;

  private final Environment environment;

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
   * The plain bytes of a pack, for as long as the transaction: from the scratch's few last ones, or
   * as they are in the database; null if it is damaged.
   */
  ByteBuffer block(Txn<ByteBuffer> txn, long number, Scratch scratch) {
    Scratch.Block block = scratch.block(number, txn.getId());
    if (block != null) {
      return block.bytes;
    }
    ByteBuffer value = dbi().get(txn, scratch.packKey(number));
    if (value == null || value.remaining() < HEADER_BYTES) {
      return null;
    }
    ByteBuffer from = value.slice();
    int form = from.get();
    int length = from.getInt();
    if (length < 0 || length > BYTES_MAX) {
      return null;
    }
    boolean isPlain = form == StoredObject.PLAIN && from.remaining() == length;
    if (isPlain && txn.isReadOnly()) {
      return from.slice(); // one that writes may move it
    }
    block = scratch.emptyBlock();
    if (isPlain) {
      block.room(length).put(from).flip();
    } else if (form != StoredObject.ZSTD
        || Zstd.getDirectByteBufferFrameContentSize(from, from.position(), from.remaining())
            != length
        || !Objects.inflate(from, block.room(length), scratch)) {
      return null;
    }
    block.fill(number, txn.getId());
    return block.bytes;
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
