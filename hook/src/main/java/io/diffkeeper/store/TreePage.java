package io.diffkeeper.store;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A branch or leaf page of an LMDB tree, checked so far as it can be alone.
 *
 * <pre>
 *   0  u64 page number │ u16 unused │ u16 flags: 1 branch, 2 leaf │ u16 lower │ u16 upper
 *  16  u16 offset of each node, in the order of the keys, up to lower
 *      (unused)
 * upper  nodes in any order, without gaps, to the end of the page
 *
 * leaf node    u32 data bytes │ u16 flags: 1 data on overflow pages, 2 a tree │ u16 key bytes │
 *              key │ data, or u64 the first overflow page
 * branch node  u48 child page │ u16 key bytes │ key, unused in the first node
 * </pre>
 */
final class TreePage {
  static final int HEADER_BYTES = 16;
  static final int ON_OVERFLOW_PAGES = 1;
  static final int IS_TREE = 2;
  private static final int NODE_BYTES = 8;
  private static final int KEY_BYTES_MAX = 511;
  private static final int BRANCH = 1;
  private static final int LEAF = 2;
  private static final int OVERFLOW = 4;

  private final ByteBuffer page;
  private final long number;
  private final boolean leaf;

  /** Where each node is, in the order of the keys. */
  private final int[] offsets;

  /**
   * A page.
   *
   * @param page all its bytes, little-endian
   * @throws PageFault if it is not such a page
   */
  TreePage(ByteBuffer page, long number, boolean leaf) throws PageFault {
    this(page, number, leaf, offsets(page));
    int lower = page.getShort(12) & 0xffff;
    int upper = page.getShort(14) & 0xffff;
    check(page.getLong(0) == number, "another page's number");
    check((page.getShort(10) & 0xffff) == (leaf ? LEAF : BRANCH), "another kind of page");
    check(
        lower > HEADER_BYTES && lower % 2 == 0 && lower <= upper && upper <= page.limit(),
        "bounds out of range");
    checkNodes(upper);
  }

  private TreePage(ByteBuffer page, long number, boolean leaf, int[] offsets) {
    this.page = page;
    this.number = number;
    this.leaf = leaf;
    this.offsets = offsets;
  }

  /** What can be a node of a page that may be damaged anywhere. */
  static TreePage salvaged(ByteBuffer page, long number, boolean leaf) {
    TreePage all = new TreePage(page, number, leaf, offsets(page));
    int[] usable = Arrays.stream(all.offsets).filter(all::isInBounds).toArray();
    return new TreePage(page, number, leaf, usable);
  }

  /** Whether the page says that it is a leaf, or a branch; null if it says neither. */
  static Boolean isLeaf(ByteBuffer page) {
    int flags = page.getShort(10) & 0xffff;
    return flags == LEAF ? Boolean.TRUE : flags == BRANCH ? Boolean.FALSE : null;
  }

  /** Whether the page says that it is the first one of a run of overflow pages. */
  static boolean isOverflow(ByteBuffer page) {
    return (page.getShort(10) & 0xffff) == OVERFLOW;
  }

  /** How many overflow pages a value of that length takes. */
  static long overflowPages(long bytes, int pageBytes) {
    return (HEADER_BYTES - 1 + bytes) / pageBytes + 1;
  }

  private static int[] offsets(ByteBuffer page) {
    int lower = Math.min(page.getShort(12) & 0xffff, page.limit());
    int[] offsets = new int[Math.max(0, (lower - HEADER_BYTES) / Short.BYTES)];
    for (int i = 0; i < offsets.length; i++) {
      offsets[i] = page.getShort(HEADER_BYTES + i * Short.BYTES) & 0xffff;
    }
    return offsets;
  }

  private boolean isInBounds(int offset) {
    return offset >= HEADER_BYTES
        && offset + NODE_BYTES <= page.limit()
        && keyBytes(offset) <= KEY_BYTES_MAX
        && offset + (long) NODE_BYTES + keyBytes(offset) + inlineBytes(offset) <= page.limit();
  }

  /** Nodes have to fill the space between upper and the end of the page. */
  private void checkNodes(int upper) throws PageFault {
    int[] ordered = offsets.clone();
    Arrays.sort(ordered);
    int next = upper;
    for (int offset : ordered) {
      check(offset == next && offset + NODE_BYTES <= page.limit(), "nodes overlap or leave a gap");
      long end = offset + (long) NODE_BYTES + keyBytes(offset) + inlineBytes(offset);
      end += end & 1;
      check(end <= page.limit(), "a node passes the end");
      next = (int) end;
    }
    check(next == page.limit(), "nodes leave a gap at the end");
    for (int i = 0; i < offsets.length; i++) {
      check(flags(i) <= IS_TREE || !leaf, "a node of an unknown kind");
      boolean hasKey = keyBytes(offset(i)) > 0 && keyBytes(offset(i)) <= KEY_BYTES_MAX;
      check(hasKey || (!leaf && i == 0), "a key of no possible size");
    }
  }

  private void check(boolean sound, String what) throws PageFault {
    if (!sound) {
      throw new PageFault("page " + number + ": " + what);
    }
  }

  private int offset(int node) {
    return offsets[node];
  }

  private int keyBytes(int offset) {
    return page.getShort(offset + 6) & 0xffff;
  }

  private long inlineBytes(int offset) {
    if (!leaf) {
      return 0;
    }
    boolean overflows = (page.getShort(offset + 4) & ON_OVERFLOW_PAGES) != 0;
    return overflows ? Long.BYTES : page.getInt(offset) & 0xffffffffL;
  }

  int nodes() {
    return offsets.length;
  }

  byte[] key(int node) {
    byte[] key = new byte[keyBytes(offset(node))];
    page.get(offset(node) + NODE_BYTES, key);
    return key;
  }

  /** A leaf node's flags. */
  int flags(int node) {
    return page.getShort(offset(node) + 4) & 0xffff;
  }

  /** Length of a leaf node's data. */
  long dataBytes(int node) {
    return page.getInt(offset(node)) & 0xffffffffL;
  }

  /** Where in the page a leaf node's data, or the number of its first overflow page, is. */
  int dataOffset(int node) {
    return offset(node) + NODE_BYTES + keyBytes(offset(node));
  }

  /** A branch node's child. */
  long child(int node) {
    return page.getInt(offset(node)) & 0xffffffffL | (long) flags(node) << 32;
  }
}
