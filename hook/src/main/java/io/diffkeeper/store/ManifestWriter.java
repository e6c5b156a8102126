package io.diffkeeper.store;

import io.diffkeeper.tree.Digest;
import java.nio.ByteBuffer;

/** Builds the manifest of one file after the other from its leaves, in order. */
final class ManifestWriter {
  private static final int TOP_BYTES_MIN = Long.BYTES + Manifest.BLOCK_BYTES_MAX;

  /** Where finished blocks and manifests go. */
  interface Target {
    /** The digest of the object; {@code previous} is that of what it replaces, or null. */
    Digest put(Kind kind, ByteBuffer plain, Digest previous);
  }

  private final Target target;
  private final ByteBuffer block = ByteBuffer.allocateDirect(Manifest.BLOCK_BYTES_MAX);
  private ByteBuffer top = ByteBuffer.allocateDirect(TOP_BYTES_MIN);
  private long leaves;
  private boolean blockHasData;
  private Digest only;
  private PreviousFile previous = PreviousFile.NONE;

  ManifestWriter(Target target) {
    this.target = target;
  }

  /** Begins a file. */
  void begin(PreviousFile before) {
    previous = before;
    leaves = 0;
    blockHasData = false;
    only = null;
    block.clear();
    top.clear().putLong(0); // the size, known at the end
  }

  /** Adds a leaf; its digest is null if all its pages are holes. */
  void leaf(int holes, Digest digest) {
    if (leaves > 0 && leaves % Manifest.BLOCK_LEAVES == 0) {
      endBlock(leaves / Manifest.BLOCK_LEAVES - 1);
    }
    Manifest.putReference(block, holes, digest);
    blockHasData |= digest != null;
    only = leaves == 0 && holes == 0 ? digest : null;
    leaves++;
  }

  /** Adds leaves of 64 KiB that are all hole. */
  void holes(long count) {
    for (long left = count; left > 0; ) {
      boolean atBlock = leaves > 0 && leaves % Manifest.BLOCK_LEAVES == 0;
      if (atBlock && left > Manifest.BLOCK_LEAVES) {
        endBlock(leaves / Manifest.BLOCK_LEAVES - 1);
        // Blocks that are all hole leave no trace; the last one stays open, to be ended as usual.
        long blocks = (left - 1) / Manifest.BLOCK_LEAVES;
        leaves += blocks * Manifest.BLOCK_LEAVES;
        left -= blocks * Manifest.BLOCK_LEAVES;
      } else {
        leaf(Manifest.allHoles(Manifest.LEAF_BYTES), null);
        left--;
      }
    }
  }

  private void endBlock(long index) {
    if (blockHasData) {
      Digest digest = target.put(Kind.BLOCK, block.flip(), previous.block(index));
      ensure(Manifest.BLOCK_ENTRY_BYTES);
      top.putLong(index);
      digest.write(top);
    }
    block.clear();
    blockHasData = false;
  }

  private void ensure(int bytes) {
    if (top.remaining() < bytes) {
      if (top.capacity() / Manifest.BLOCK_ENTRY_BYTES > Manifest.BLOCKS_MAX) {
        throw new IllegalArgumentException("file too large for the store");
      }
      top = ByteBuffer.allocateDirect(2 * top.capacity()).put(top.flip());
    }
  }

  /** Ends the file and gives the digest of its content. */
  Digest end(long size) {
    if (only != null) {
      return only;
    }
    if (leaves <= Manifest.BLOCK_LEAVES) {
      top.put(block.flip());
    } else {
      endBlock((leaves - 1) / Manifest.BLOCK_LEAVES);
    }
    Digest digest = target.put(Kind.FILE, top.putLong(0, size).flip(), previous.manifest());
    previous = PreviousFile.NONE;
    return digest;
  }
}
