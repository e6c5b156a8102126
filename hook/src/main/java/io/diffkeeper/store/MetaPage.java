package io.diffkeeper.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;

/**
 * One of the two meta pages that an LMDB 0.9 data file starts with; the one with the larger
 * transaction id is the newest snapshot. In the machine's byte order, which has to be
 * little-endian:
 *
 * <pre>
 *   0  u64 page number      10  u16 flags: 0x08
 *  16  u32 magic            20  u32 version: 1        24  u64 address, unused
 *  32  u64 map bytes        40  free tree             88  main tree
 * 136  u64 last page       144  u64 transaction id
 *
 * tree: u32 pad (free tree: page bytes) │ u16 flags │ u16 depth │ u64 branch pages │
 *       u64 leaf pages │ u64 overflow pages │ u64 entries │ u64 root page
 * </pre>
 */
record MetaPage(long transaction, int pageBytes, long lastPage, Tree free, Tree main) {
  static final int COUNT = 2;

  /** The size of a page where none of them says. */
  static final int PAGE_BYTES_USUAL = 4096;

  private static final int BYTES = 152;
  private static final int FLAGS_META = 0x08;
  private static final int MAGIC = 0xBEEFC0DE;
  private static final int VERSION = 1;
  private static final int TREE_FREE = 40;
  private static final int TREE_MAIN = 88;
  private static final int PAGE_BYTES_MIN = 512;
  private static final int PAGE_BYTES_MAX = 32768;

  /** Flag of a tree whose keys are integers; the free tree's only one. */
  static final int INTEGER_KEYS = 0x08;

  /** The description of a B+ tree. */
  record Tree(
      int flags, int depth, long branches, long leaves, long overflows, long entries, long root) {
    static final int BYTES = 48;
    static final long NO_ROOT = -1;

    /** Reads the tree that is described at the offset. */
    static Tree read(ByteBuffer from, int at) {
      return new Tree(
          from.getShort(at + 4) & 0xffff,
          from.getShort(at + 6) & 0xffff,
          from.getLong(at + 8),
          from.getLong(at + 16),
          from.getLong(at + 24),
          from.getLong(at + 32),
          from.getLong(at + 40));
    }
  }

  /**
   * Reads both meta pages, the older one first.
   *
   * @throws PageFault if one of them is not sound, or they do not belong together
   */
  static MetaPage[] read(FileChannel file) throws IOException, PageFault {
    // The page size is the same in both; the first one is at the start whatever it is.
    MetaPage first = read(file, 0, 0);
    MetaPage second = read(file, 1, first.pageBytes);
    if (second.pageBytes != first.pageBytes) {
      throw new PageFault("page 1: not the page size of page 0");
    }
    // Each transaction writes the page that its number's last bit says, so none can be missing.
    boolean fresh = first.transaction == 0 && second.transaction == 0;
    boolean paired =
        (first.transaction & 1) == 0
            && (second.transaction & 1) == 1
            && Math.abs(first.transaction - second.transaction) == 1;
    if (!fresh && !paired) {
      throw new PageFault("pages 0 and 1: not of two transactions in a row");
    }
    boolean firstIsOlder = first.transaction < second.transaction;
    return firstIsOlder ? new MetaPage[] {first, second} : new MetaPage[] {second, first};
  }

  /**
   * The meta page of the newest transaction in a file that may be damaged anywhere, the meta pages
   * included; null if neither can be used. What it freed tells of which transaction a page is.
   */
  static MetaPage salvaged(FileChannel file) throws IOException {
    MetaPage first = soundOrNull(file, 0, 0);
    int pageBytes = first == null ? PAGE_BYTES_USUAL : first.pageBytes;
    MetaPage best = null;
    long bestTransaction = -1;
    for (int page = 0; page < COUNT; page++) {
      MetaPage sound = soundOrNull(file, page, pageBytes);
      long transaction = sound == null ? -1 : sound.transaction;
      MetaPage meta = sound;
      try {
        meta = fields(bytes(file, page, pageBytes), pageBytes);
        transaction = Math.max(transaction, new PageCheck(file, meta).newestFreed(meta));
      } catch (PageFault e) {
        // The page itself says of which transaction it is, if it is sound.
      }
      if (transaction > bestTransaction) {
        best = meta;
        bestTransaction = transaction;
      }
    }
    return best;
  }

  /** Whether both meta pages are sound, and belong together. */
  static boolean areSound(FileChannel file) throws IOException {
    try {
      read(file);
      return true;
    } catch (PageFault e) {
      return false;
    }
  }

  private static MetaPage soundOrNull(FileChannel file, int page, int pageBytes)
      throws IOException {
    try {
      return read(file, page, pageBytes);
    } catch (PageFault e) {
      return null;
    }
  }

  private static MetaPage read(FileChannel file, int page, int pageBytes)
      throws IOException, PageFault {
    ByteBuffer bytes = bytes(file, page, pageBytes);
    boolean ours =
        (bytes.getShort(10) & 0xffff) == FLAGS_META
            && bytes.getInt(16) == MAGIC
            && bytes.getInt(20) == VERSION;
    if (!ours) {
      throw new PageFault("page " + page + ": not LMDB's");
    }
    return checked(page, bytes);
  }

  private static ByteBuffer bytes(FileChannel file, int page, int pageBytes)
      throws IOException, PageFault {
    ByteBuffer bytes = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    long offset = (long) page * pageBytes;
    while (bytes.hasRemaining() && file.read(bytes, offset + bytes.position()) > 0) {
      // goes on until it is full or the file ends
    }
    if (bytes.hasRemaining()) {
      throw new PageFault("page " + page + ": file too short");
    }
    return bytes;
  }

  private static MetaPage checked(int page, ByteBuffer bytes) throws PageFault {
    int size = bytes.getInt(TREE_FREE);
    MetaPage meta = fields(bytes, size);
    boolean sound =
        bytes.getLong(0) == page
            && Integer.bitCount(size) == 1
            && size >= PAGE_BYTES_MIN
            && size <= PAGE_BYTES_MAX
            && meta.transaction >= 0
            && meta.lastPage >= 1
            && meta.lastPage < Environment.MAP_BYTES_MAX / size
            && bytes.getLong(32) > 0
            && bytes.getLong(32) <= Environment.MAP_BYTES_MAX
            && meta.free.flags == INTEGER_KEYS
            && meta.main.flags == 0;
    if (!sound) {
      throw new PageFault("page " + page + ": damaged meta page");
    }
    return meta;
  }

  private static MetaPage fields(ByteBuffer bytes, int pageBytes) {
    return new MetaPage(
        bytes.getLong(144),
        pageBytes,
        bytes.getLong(136),
        Tree.read(bytes, TREE_FREE),
        Tree.read(bytes, TREE_MAIN));
  }
}
