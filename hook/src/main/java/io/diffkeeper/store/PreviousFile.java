package io.diffkeeper.store;

import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import java.nio.ByteBuffer;

/**
 * The leaves that a file had before, to be compared with what it has now: read one block of
 * references at a time. What cannot be read is as if it had not been there.
 */
final class PreviousFile {
  /** Nothing was there before. */
  static final PreviousFile NONE = new PreviousFile(null, null, null, null);

  private final Objects objects;
  private final Space space;
  private final Scratch scratch;
  private final Digest content;
  private long size;

  /** Of a file of more than one block: index and digest of each. */
  private ByteBuffer top;

  private Digest[] references = {};
  private long referencesBlock = -1;

  private PreviousFile(Objects objects, Space space, Scratch scratch, Digest content) {
    this.objects = objects;
    this.space = space;
    this.scratch = scratch;
    this.content = content;
  }

  static PreviousFile of(Objects objects, Space space, Scratch scratch, Entry previous) {
    if (previous == null || previous.content() == null) {
      return NONE;
    }
    PreviousFile file = new PreviousFile(objects, space, scratch, previous.content());
    file.read(previous.size());
    return file;
  }

  private void read(long bytes) {
    size = bytes;
    if (Manifest.leaves(size) == 1) {
      // Mostly it is the leaf itself; with holes it has a manifest like any other.
      references = objects.has(space, content) ? new Digest[] {content} : references;
      referencesBlock = 0;
      return;
    }
    ByteBuffer plain = load(content);
    if (plain == null || plain.remaining() < Long.BYTES || plain.getLong() != size) {
      return;
    }
    if (Manifest.leaves(size) <= Manifest.BLOCK_LEAVES) {
      references(plain, 0);
    } else {
      top = ByteBuffer.allocate(plain.remaining()).put(plain).flip();
    }
  }

  /** How many bytes it had; 0 if there was none. */
  long size() {
    return size;
  }

  /** The manifest's digest; null if there was none. */
  Digest manifest() {
    return content;
  }

  /** The digest of the block with that index; null if there was none. */
  Digest block(long index) {
    if (top == null) {
      return null;
    }
    int low = 0;
    int high = top.remaining() / Manifest.BLOCK_ENTRY_BYTES - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      long found = top.getLong(middle * Manifest.BLOCK_ENTRY_BYTES);
      if (found == index) {
        return Digest.read(
            top.duplicate().position(middle * Manifest.BLOCK_ENTRY_BYTES + Long.BYTES));
      } else if (found < index) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return null;
  }

  /** The digest of the leaf with that index, which is in the store; null if there was none. */
  Digest leaf(long index) {
    long block = index / Manifest.BLOCK_LEAVES;
    if (block != referencesBlock && top != null) {
      references = new Digest[0];
      referencesBlock = block;
      Digest digest = block(block);
      ByteBuffer plain = digest == null ? null : load(digest);
      if (plain != null) {
        references(plain, block);
      }
    }
    int at = (int) (index % Manifest.BLOCK_LEAVES);
    return block == referencesBlock && at < references.length ? references[at] : null;
  }

  private ByteBuffer load(Digest digest) {
    try {
      objects.load(space, digest, scratch);
      return scratch.plain();
    } catch (Damage unusable) {
      return null;
    }
  }

  private void references(ByteBuffer from, long block) {
    long first = block * Manifest.BLOCK_LEAVES;
    int count = (int) Math.min(Manifest.BLOCK_LEAVES, Manifest.leaves(size) - first);
    references = new Digest[Math.max(0, count)];
    referencesBlock = block;
    for (int i = 0; i < count && from.remaining() >= Short.BYTES; i++) {
      int holes = from.getShort() & 0xffff;
      boolean allHole = holes == Manifest.allHoles(Manifest.leafBytes(first + i, size));
      if (!allHole && from.remaining() >= Digest.BYTES) {
        references[i] = Digest.read(from);
      }
    }
  }
}
