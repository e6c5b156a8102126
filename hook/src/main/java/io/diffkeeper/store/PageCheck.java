package io.diffkeeper.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;

/**
 * Checks the pages of an LMDB data file without LMDB, which trusts its pages and crashes on broken
 * ones: every page that the snapshot reaches is what it should be, keys are in order, the counts
 * are right, and no page is used twice or both used and free.
 *
 * <p>The snapshot's pages must not be reused meanwhile: hold a read transaction on it. Memory: a
 * bit per page of the file and a page per level.
 */
final class PageCheck {
  private static final int DEPTH_MAX = 32;

  private final FileChannel file;
  private final MetaPage meta;
  private final long filePages;
  private final BitSet used = new BitSet();
  private final ByteBuffer window;
  private long newestFreed;

  /** The value of the format record, once it has been met. */
  private ByteBuffer format;

  /** What a walk has counted in one tree. */
  private static final class Walk {
    final MetaPage.Tree tree;
    long branches;
    long leaves;
    long overflows;
    long entries;

    Walk(MetaPage.Tree tree) {
      this.tree = tree;
    }
  }

  PageCheck(FileChannel file, MetaPage meta) throws IOException {
    this.file = file;
    this.meta = meta;
    this.filePages = file.size() / meta.pageBytes();
    this.window = buffer();
    used.set(0, MetaPage.COUNT);
  }

  /** Checks everything that the snapshot reaches. */
  void checkAll() throws IOException, PageFault {
    walk(meta.main(), true);
    walk(meta.free(), false);
    checkNewestFreed();
  }

  /**
   * Checks the tree of trees and the small one in it that LMDB reads when it opens the store.
   *
   * @return the version of the store's format; {@link StoreFormat#DAMAGED} if it cannot be told
   */
  int checkOpening() throws IOException, PageFault {
    if (meta.main().root() != MetaPage.Tree.NO_ROOT) {
      walkMain(Environment.META);
    }
    newestFreed = newestFreed(meta);
    checkNewestFreed();
    return StoreFormat.read(format);
  }

  /** Checks both meta pages and all that the newest one reaches, while nobody writes. */
  static void checkAll(FileChannel file) throws IOException, PageFault {
    MetaPage[] metas = MetaPage.read(file);
    PageCheck check = new PageCheck(file, metas[1]);
    check.checkAll();
    check.checkOlder(metas[0]);
  }

  /** Checks that the older meta page, too, is of the transaction that it says. */
  void checkOlder(MetaPage older) throws IOException, PageFault {
    newestFreed = newestFreed(older);
    if (older.transaction() > 1 && newestFreed != older.transaction()) {
      throw new PageFault(
          "the meta page of transaction "
              + older.transaction()
              + " is another's: a version may be missing");
    }
  }

  /** Every transaction but the first frees pages, and lists them under its own number. */
  private void checkNewestFreed() throws PageFault {
    if (meta.transaction() > 1 && newestFreed != meta.transaction()) {
      throw new PageFault("the newest meta page is not of transaction " + meta.transaction());
    }
  }

  private void walkMain(String only) throws IOException, PageFault {
    Walk walk = new Walk(meta.main());
    branchOrLeaf(walk, meta.main().root(), 1, null, null, only);
    checkCounts(walk);
  }

  private void walk(MetaPage.Tree tree, boolean main) throws IOException, PageFault {
    Walk walk = new Walk(tree);
    if (tree.root() != MetaPage.Tree.NO_ROOT) {
      branchOrLeaf(walk, tree.root(), 1, null, null, main ? "" : null);
    }
    checkCounts(walk);
  }

  private static void checkCounts(Walk walk) throws PageFault {
    MetaPage.Tree tree = walk.tree;
    boolean empty = tree.root() == MetaPage.Tree.NO_ROOT;
    check(!empty || tree.depth() == 0, tree.root(), "an empty tree with a depth");
    boolean right =
        walk.branches == tree.branches()
            && walk.leaves == tree.leaves()
            && walk.overflows == tree.overflows()
            && walk.entries == tree.entries();
    check(right, tree.root(), "the tree has other counts than recorded");
  }

  /**
   * Checks a page and what is below it.
   *
   * @param low the smallest key there may be; null if any
   * @param high larger than every key there may be; null if any
   * @param subtrees which trees that are named in this one to check; all if empty, this tree has
   *     none if null
   */
  private void branchOrLeaf(
      Walk walk, long number, int level, byte[] low, byte[] high, String subtrees)
      throws IOException, PageFault {
    int depth = walk.tree.depth();
    check(depth >= 1 && depth <= DEPTH_MAX, number, "a tree of no possible depth");
    claim(number);
    boolean isLeaf = level == depth;
    TreePage page = new TreePage(read(number, buffer()), number, isLeaf);
    checkKeys(walk, page, number, low, high, isLeaf ? 0 : 1);
    if (!isLeaf) {
      walk.branches++;
      check(page.nodes() > 1, number, "a branch page with one child");
      for (int i = 0; i < page.nodes(); i++) {
        byte[] from = i == 0 ? low : page.key(i);
        byte[] to = i + 1 == page.nodes() ? high : page.key(i + 1);
        branchOrLeaf(walk, page.child(i), level + 1, from, to, subtrees);
      }
      return;
    }
    walk.leaves++;
    walk.entries += page.nodes();
    for (int i = 0; i < page.nodes(); i++) {
      leafNode(walk, page, number, i, subtrees);
    }
  }

  private void checkKeys(Walk walk, TreePage page, long number, byte[] low, byte[] high, int first)
      throws PageFault {
    boolean integers = walk.tree.flags() == MetaPage.INTEGER_KEYS;
    byte[] before = null;
    for (int i = first; i < page.nodes(); i++) {
      byte[] key = page.key(i);
      check(!integers || key.length == Long.BYTES, number, "a key that is no number");
      boolean ordered =
          (before == null || compare(integers, before, key) < 0)
              && (low == null || compare(integers, low, key) <= 0)
              && (high == null || compare(integers, key, high) < 0);
      check(ordered, number, "keys out of order");
      before = key;
    }
  }

  private static int compare(boolean integers, byte[] a, byte[] b) {
    return integers ? Long.compareUnsigned(number(a), number(b)) : Arrays.compareUnsigned(a, b);
  }

  private static long number(byte[] key) {
    return ByteBuffer.wrap(key).order(ByteOrder.LITTLE_ENDIAN).getLong();
  }

  private void leafNode(Walk walk, TreePage page, long number, int node, String subtrees)
      throws IOException, PageFault {
    int flags = page.flags(node);
    long bytes = page.dataBytes(node);
    boolean overflows = flags == TreePage.ON_OVERFLOW_PAGES;
    long position = number * meta.pageBytes() + page.dataOffset(node);
    if (overflows) {
      long first = readNumber(position);
      walk.overflows += overflow(first, bytes);
      position = first * meta.pageBytes() + TreePage.HEADER_BYTES;
    }
    if (walk.tree.flags() == MetaPage.INTEGER_KEYS) {
      newestFreed = number(page.key(node));
      freeList(number, position, bytes);
    } else if (subtrees != null) {
      check(
          flags == TreePage.IS_TREE && bytes == MetaPage.Tree.BYTES,
          number,
          "something else than a tree");
      String name = new String(page.key(node), StandardCharsets.US_ASCII);
      if (subtrees.isEmpty() || subtrees.equals(name)) {
        subtree(number, page.dataOffset(node));
      }
    } else {
      check(flags != TreePage.IS_TREE, number, "a tree where there can be none");
      if (!overflows && StoreFormat.isKey(ByteBuffer.wrap(page.key(node)))) {
        format = ByteBuffer.allocate((int) bytes);
        readFully(format, position, number);
      }
    }
  }

  private void subtree(long number, int offset) throws IOException, PageFault {
    MetaPage.Tree tree = MetaPage.Tree.read(read(number, buffer()), offset);
    check(tree.flags() == 0, number, "a tree of another kind");
    walk(tree, false);
  }

  /** Checks a run of overflow pages, and gives their number. */
  private long overflow(long first, long bytes) throws IOException, PageFault {
    long pages = TreePage.overflowPages(bytes, meta.pageBytes());
    for (long n = first; n < first + pages; n++) {
      claim(n);
    }
    ByteBuffer header = read(first, window);
    boolean sound =
        header.getLong(0) == first
            && TreePage.isOverflow(header)
            && (header.getInt(12) & 0xffffffffL) == pages;
    check(sound, first, "not the overflow page it should be");
    return pages;
  }

  /** Claims the pages that a record of the free tree lists: their count, then their numbers. */
  private void freeList(long number, long position, long bytes) throws IOException, PageFault {
    check(
        bytes >= Long.BYTES && bytes % Long.BYTES == 0, number, "a free list of no possible size");
    long count = readNumber(position);
    check(count >= 0 && count < bytes / Long.BYTES, number, "a free list with a wrong count");
    ByteBuffer part = buffer();
    long from = position + Long.BYTES;
    long end = from + count * Long.BYTES;
    while (from < end) {
      part.clear().limit((int) Math.min(part.capacity(), end - from));
      readFully(part, from, number);
      from += part.limit();
      while (part.hasRemaining()) {
        long free = part.getLong();
        // Pages at the end that were never written may be free: the file need not reach them.
        check(free >= 2 && free <= meta.lastPage(), number, "lists a page that there is not");
        check(!used.get((int) free), free, "free, and used or free once more");
        used.set((int) free);
      }
    }
  }

  private void claim(long number) throws PageFault {
    check(
        number >= 2 && number <= meta.lastPage() && number < filePages && number < 1L << 31,
        number,
        "behind the end");
    check(!used.get((int) number), number, "used twice");
    used.set((int) number);
  }

  /** The last key of the free tree, found along its right edge; 0 if it is empty. */
  long newestFreed(MetaPage of) throws IOException, PageFault {
    MetaPage.Tree tree = of.free();
    long number = tree.root();
    if (number == MetaPage.Tree.NO_ROOT) {
      return 0;
    }
    for (int level = 1; level <= DEPTH_MAX; level++) {
      check(number >= 2 && number < filePages, number, "behind the end");
      boolean isLeaf = level >= tree.depth();
      TreePage page = new TreePage(read(number, buffer()), number, isLeaf);
      if (isLeaf) {
        byte[] key = page.key(page.nodes() - 1);
        check(key.length == Long.BYTES, number, "a key that is no number");
        return number(key);
      }
      number = page.child(page.nodes() - 1);
    }
    throw new PageFault("page " + number + ": a tree of no possible depth");
  }

  private ByteBuffer buffer() {
    return ByteBuffer.allocate(meta.pageBytes()).order(ByteOrder.LITTLE_ENDIAN);
  }

  private long readNumber(long position) throws IOException, PageFault {
    ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    readFully(bytes, position, position / meta.pageBytes());
    return bytes.getLong();
  }

  private ByteBuffer read(long number, ByteBuffer into) throws IOException, PageFault {
    readFully(into.clear(), number * meta.pageBytes(), number);
    return into;
  }

  private void readFully(ByteBuffer into, long position, long number)
      throws IOException, PageFault {
    while (into.hasRemaining()) {
      check(file.read(into, position + into.position()) > 0, number, "behind the file's end");
    }
    into.flip();
  }

  private static void check(boolean sound, long number, String what) throws PageFault {
    if (!sound) {
      throw new PageFault("page " + number + ": " + what);
    }
  }
}
