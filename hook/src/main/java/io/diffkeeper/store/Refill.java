package io.diffkeeper.store;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.lmdbjava.Cursor;
import org.lmdbjava.GetOp;
import org.lmdbjava.PutFlags;
import org.lmdbjava.Stat;
import org.lmdbjava.Txn;

/**
 * Fills the pages of the objects' tree again. Objects that moved into packs leave entries of a few
 * bytes, and LMDB joins pages only when they are nearly empty.
 */
final class Refill {
  /** What LMDB keeps in the page itself is shorter than half of it. */
  private static final int INLINE_BYTES_MAX = 1800;

  private static final int NODE_BYTES = 8;

  /** Entries that are taken out and put in again in one transaction. */
  private static final int TRANSACTION_BYTES = 512 << 10;

  /** Pages that are used to less than this part are worth it. */
  private static final double FILL_MIN = 0.6;

  /** More than that is no use trying. */
  private static final double FULL = 0.9;

  /** So many bytes of entries are put in again at once, at most: it bounds memory. */
  private static final int FILL_BYTES_MAX = 32 << 20;

  private final Environment environment;
  private final Objects objects;
  private final ByteBuffer entries = ByteBuffer.allocateDirect(TRANSACTION_BYTES);
  private final ByteBuffer next = ByteBuffer.allocateDirect(Space.KEY_BYTES_MAX + 1);

  Refill(Store store) {
    this.environment = store.environment();
    this.objects = store.objects();
  }

  /**
   * Fills them, if they are rather empty.
   *
   * @param bytes of all entries together, as {@link #bytes} counts them
   * @param all whether to fill them to the brim
   */
  void run(long bytes, boolean all) {
    Stat stat = environment.read(objects.dbi()::stat);
    long room = stat.leafPages * stat.pageSize;
    if (all && bytes < FULL * room && environment.write(this::fill) || bytes >= FILL_MIN * room) {
      return;
    }
    next.clear().put((byte) 0).flip();
    boolean more = true;
    while (more) {
      more = environment.write(this::some);
    }
  }

  /** Puts all entries in again in order, each behind the last one; false if they are too many. */
  private boolean fill(Txn<ByteBuffer> txn) {
    long total = 0;
    try (Cursor<ByteBuffer> cursor = objects.dbi().openCursor(txn)) {
      for (boolean found = cursor.first(); found; found = cursor.next()) {
        total += cursor.key().remaining() + cursor.val().remaining();
      }
    }
    if (total > FILL_BYTES_MAX) {
      return false;
    }
    ByteBuffer memory = ByteBuffer.allocateDirect((int) total);
    List<ByteBuffer[]> taken = new ArrayList<>();
    try (Cursor<ByteBuffer> cursor = objects.dbi().openCursor(txn)) {
      for (boolean found = cursor.first(); found; found = cursor.next()) {
        taken.add(new ByteBuffer[] {take(cursor.key(), memory), take(cursor.val(), memory)});
      }
    }
    objects.dbi().drop(txn);
    for (ByteBuffer[] entry : taken) {
      objects.dbi().put(txn, entry[0], entry[1], PutFlags.MDB_APPEND);
    }
    return true;
  }

  /** What an entry takes in its page. */
  static int bytes(ByteBuffer key, ByteBuffer value) {
    int inline = value.remaining() <= INLINE_BYTES_MAX ? value.remaining() : Long.BYTES;
    return NODE_BYTES + key.remaining() + inline;
  }

  /** Some entries from the next key on; whether there are more. */
  private boolean some(Txn<ByteBuffer> txn) {
    entries.clear();
    List<ByteBuffer[]> taken = new ArrayList<>();
    ByteBuffer from = next.duplicate();
    ByteBuffer last = null;
    boolean found;
    try (Cursor<ByteBuffer> cursor = objects.dbi().openCursor(txn)) {
      found = cursor.get(from, GetOp.MDB_SET_RANGE);
      while (found && entries.remaining() > INLINE_BYTES_MAX + Space.KEY_BYTES_MAX) {
        last = take(cursor.key(), entries);
        if (cursor.val().remaining() <= INLINE_BYTES_MAX) {
          taken.add(new ByteBuffer[] {last, take(cursor.val(), entries)});
        }
        found = cursor.next();
      }
    }
    for (ByteBuffer[] entry : taken) {
      objects.dbi().delete(txn, entry[0].duplicate());
    }
    for (ByteBuffer[] entry : taken) {
      objects.dbi().put(txn, entry[0], entry[1]);
    }
    if (last != null) {
      next.clear().put(last.duplicate().rewind()).put((byte) 0).flip();
    }
    return found;
  }

  private static ByteBuffer take(ByteBuffer bytes, ByteBuffer into) {
    int start = into.position();
    into.put(bytes.duplicate());
    return into.slice(start, into.position() - start);
  }
}
