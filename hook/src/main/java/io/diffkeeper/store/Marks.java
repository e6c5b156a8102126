package io.diffkeeper.store;

import io.diffkeeper.tree.Digest;
import java.nio.ByteBuffer;

/**
 * The objects that are in use, 64 bits of each: one that shares them with another is kept for
 * nothing, and a set of all of them takes 16 bytes an object.
 */
final class Marks {
  private static final int SLOTS_MIN = 1 << 12;

  private final ByteBuffer bytes = ByteBuffer.allocate(Digest.BYTES);
  private long[] slots = new long[SLOTS_MIN];
  private int count;

  /** Adds an object; false if it was there. */
  boolean add(Space space, Digest digest) {
    if (4L * count > 3L * slots.length) {
      grow();
    }
    long key = key(space, digest);
    int slot = find(slots, key);
    if (slots[slot] == key) {
      return false;
    }
    slots[slot] = key;
    count++;
    return true;
  }

  boolean has(Space space, Digest digest) {
    long key = key(space, digest);
    return slots[find(slots, key)] == key;
  }

  int count() {
    return count;
  }

  private long key(Space space, Digest digest) {
    digest.write(bytes.clear());
    long key = bytes.getLong(0) ^ space.owner() ^ space.code();
    return key == 0 ? 1 : key; // 0 stands for a free slot
  }

  private static int find(long[] slots, long key) {
    int slot = (int) (key >>> 32) & slots.length - 1;
    while (slots[slot] != 0 && slots[slot] != key) {
      slot = slot + 1 & slots.length - 1;
    }
    return slot;
  }

  private void grow() {
    long[] larger = new long[2 * slots.length];
    for (long key : slots) {
      if (key != 0) {
        larger[find(larger, key)] = key;
      }
    }
    slots = larger;
  }
}
