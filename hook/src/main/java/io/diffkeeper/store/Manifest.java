package io.diffkeeper.store;

import io.diffkeeper.tree.Digest;
import java.nio.ByteBuffer;

/**
 * The measures of file manifests, see docs/store-format.md.
 *
 * <pre>
 * leaf reference    u16 hole pages │ digest[32], absent if all pages of the leaf are holes
 * BLOCK             512 leaf references, fewer in a file's last block
 * FILE, ≤ 512 leaves   u64 size │ leaf references
 * FILE, else           u64 size │ { u64 block index │ digest[32] } for each block that is not all hole
 * </pre>
 */
final class Manifest {
  static final int PAGE_BYTES = 4096;
  static final int LEAF_BYTES = 1 << 16;
  static final int LEAF_PAGES = LEAF_BYTES / PAGE_BYTES;
  static final int BLOCK_LEAVES = 512;
  static final long BLOCK_SPAN_BYTES = (long) BLOCK_LEAVES * LEAF_BYTES;
  static final int REFERENCE_BYTES_MAX = Short.BYTES + Digest.BYTES;
  static final int BLOCK_BYTES_MAX = BLOCK_LEAVES * REFERENCE_BYTES_MAX;
  static final int BLOCK_ENTRY_BYTES = Long.BYTES + Digest.BYTES;

  /** Bounds the top in memory: 16 MiB for 13 TiB of data. */
  static final int BLOCKS_MAX = 400 << 10;

  private Manifest() {}

  /** Leaves of a file; at least one, which may be empty. */
  static long leaves(long size) {
    return Math.max(1, (size >>> 16) + ((size & 0xffff) == 0 ? 0 : 1));
  }

  /** The mask of a leaf of that length in which every page is a hole. */
  static int allHoles(int leafBytes) {
    return (1 << ((leafBytes + PAGE_BYTES - 1) / PAGE_BYTES)) - 1;
  }

  /** Length of a leaf, in bytes. */
  static int leafBytes(long leaf, long size) {
    return (int) Math.min(LEAF_BYTES, size - leaf * LEAF_BYTES);
  }

  static void putReference(ByteBuffer to, int holes, Digest digest) {
    to.putShort((short) holes);
    if (digest != null) {
      digest.write(to);
    }
  }
}
