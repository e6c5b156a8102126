package io.diffkeeper.store;

import io.diffkeeper.tree.Digest;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;

/** Walks the leaf references of a file in order, with one block of them in memory. */
final class ManifestReader {
  private final Objects objects;
  private final Space space;
  private final Scratch scratch;

  /** Is told of a file's parts in ascending order; E is what it may throw. */
  interface Visitor<E extends Exception> {
    /** Whether to go into the block that starts there; only asked for files of more than one. */
    default boolean block(long offset, Digest block) {
      return true;
    }

    /**
     * A leaf; digest is null if it is all hole. The whole file is in the scratch buffer already if
     * {@code loaded}.
     */
    void leaf(long offset, int length, int holes, Digest digest, boolean loaded) throws E;

    /** The next leaves, so many bytes of them, have no hole page. */
    default void dense(long offset, long length) {}

    /** A run of blocks that are all hole. */
    void hole(long offset, long length) throws E;
  }

  ManifestReader(Objects objects, Space space, Scratch scratch) {
    this.objects = objects;
    this.space = space;
    this.scratch = scratch;
  }

  /**
   * Walks a file.
   *
   * @throws Damage if its manifest is missing, damaged, or of a file of another size
   */
  <E extends Exception> void walk(Digest content, long size, Visitor<E> visitor) throws E {
    walk(content, objects.load(space, content, scratch), scratch.plain(), size, visitor);
  }

  /** Walks a file whose manifest, or only leaf, has been read. */
  <E extends Exception> void walk(
      Digest content, Kind kind, ByteBuffer plain, long size, Visitor<E> visitor) throws E {
    if (kind == Kind.LEAF && plain.remaining() == size) {
      visitor.leaf(0, (int) size, 0, content, true);
    } else if (kind == Kind.FILE && plain.remaining() > Long.BYTES && plain.getLong() == size) {
      ByteBuffer top = copy(plain);
      long leaves = Manifest.leaves(size);
      if (leaves <= Manifest.BLOCK_LEAVES) {
        references(content, top, 0, size, visitor);
      } else {
        blocks(content, top, size, visitor);
      }
    } else {
      throw malformed(content);
    }
  }

  private <E extends Exception> void blocks(
      Digest content, ByteBuffer top, long size, Visitor<E> visitor) throws E {
    long next = 0;
    long blocks = (Manifest.leaves(size) - 1) / Manifest.BLOCK_LEAVES + 1;
    if (top.remaining() % Manifest.BLOCK_ENTRY_BYTES != 0) {
      throw malformed(content);
    }
    while (top.hasRemaining()) {
      long index = top.getLong();
      Digest block = Digest.read(top);
      if (index < next || index >= blocks) {
        throw malformed(content);
      }
      skip(next, index, size, visitor);
      if (visitor.block(index * Manifest.BLOCK_SPAN_BYTES, block)) {
        if (objects.load(space, block, scratch) != Kind.BLOCK) {
          throw malformed(block);
        }
        references(block, copy(scratch.plain()), index * Manifest.BLOCK_LEAVES, size, visitor);
      }
      next = index + 1;
    }
    skip(next, blocks, size, visitor);
  }

  private static <E extends Exception> void skip(long from, long to, long size, Visitor<E> visitor)
      throws E {
    if (from < to) {
      long start = from * Manifest.BLOCK_SPAN_BYTES;
      // The last block may end behind the largest offset there is.
      long length = Math.min((to - 1) * Manifest.BLOCK_SPAN_BYTES - start, size - start);
      length += Math.min(Manifest.BLOCK_SPAN_BYTES, size - start - length);
      visitor.hole(start, length);
    }
  }

  private <E extends Exception> void references(
      Digest object, ByteBuffer from, long firstLeaf, long size, Visitor<E> visitor) throws E {
    long end = Math.min(firstLeaf + Manifest.BLOCK_LEAVES, Manifest.leaves(size));
    if (isDense(from, end - firstLeaf)) {
      long start = firstLeaf * Manifest.LEAF_BYTES;
      visitor.dense(start, Math.min(size, end * Manifest.LEAF_BYTES) - start);
    }
    for (long leaf = firstLeaf; leaf < end; leaf++) {
      int length = Manifest.leafBytes(leaf, size);
      int holes;
      Digest digest;
      try {
        holes = from.getShort() & 0xffff;
        digest = holes == Manifest.allHoles(length) ? null : Digest.read(from);
      } catch (BufferUnderflowException e) {
        throw malformed(object);
      }
      if ((holes & ~Manifest.allHoles(length)) != 0) {
        throw malformed(object);
      }
      visitor.leaf(leaf * Manifest.LEAF_BYTES, length, holes, digest, false);
    }
    if (from.hasRemaining()) {
      throw malformed(object);
    }
  }

  /** Whether no page of so many leaves is a hole. */
  private static boolean isDense(ByteBuffer references, long leaves) {
    int bytes = Short.BYTES + Digest.BYTES;
    if (references.remaining() != leaves * bytes) {
      return false;
    }
    int holes = 0;
    for (int at = references.position(); at < references.limit(); at += bytes) {
      holes |= references.getShort(at);
    }
    return holes == 0;
  }

  private static ByteBuffer copy(ByteBuffer plain) {
    return ByteBuffer.allocate(plain.remaining()).put(plain).flip();
  }

  private static Damage malformed(Digest digest) {
    return new Damage(digest, "is not the manifest it should be");
  }
}
