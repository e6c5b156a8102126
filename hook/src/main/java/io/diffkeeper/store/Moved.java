package io.diffkeeper.store;

import io.diffkeeper.tree.Digest;
import java.nio.ByteBuffer;

/**
 * Another leaf of the file before, most of which a leaf may be: something was inserted before it,
 * or removed.
 *
 * @param leaf the other one's digest
 * @param by how much farther back it is in the new leaf, in bytes; negative if less far
 */
record Moved(Digest leaf, int by) {
  private static final int SAMPLE_BYTES = 256;

  /** What a leaf is a delta on may be some changes older than it, which have moved it, too. */
  private static final int NEARBY_BYTES = 4096;

  /**
   * The leaf that most of one was in.
   *
   * @param index the new one's
   * @param by how many bytes longer the file is, which is how far all has moved that is behind a
   *     change, if there was only one
   * @return null if that is the one with the same index, or none
   */
  static Moved of(PreviousFile before, long index, long by) {
    long leaves = Math.floorDiv(by + Manifest.LEAF_BYTES / 2, (long) Manifest.LEAF_BYTES);
    Digest leaf = leaves == 0 || leaves > index ? null : before.leaf(index - leaves);
    return leaf == null ? null : new Moved(leaf, (int) (by - leaves * Manifest.LEAF_BYTES));
  }

  /** Whether a sample from the middle of what both would have in common is near where it was. */
  boolean isSo(ByteBuffer old, ByteBuffer now) {
    int from = Math.max(0, by);
    int to = Math.min(now.remaining(), old.remaining() + by);
    int middle = (from + to - SAMPLE_BYTES) / 2;
    if (to - from < 2 * NEARBY_BYTES) {
      return false;
    }
    ByteBuffer sample = now.slice(now.position() + middle, SAMPLE_BYTES);
    long first = sample.getLong(0);
    int end = Math.min(old.limit() - SAMPLE_BYTES, old.position() + middle - by + NEARBY_BYTES);
    for (int at = Math.max(old.position(), end - 2 * NEARBY_BYTES); at <= end; at++) {
      if (old.getLong(at) == first && sample.equals(old.slice(at, SAMPLE_BYTES))) {
        return true;
      }
    }
    return false;
  }
}
