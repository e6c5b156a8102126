package io.diffkeeper.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Reads what can still be read of a data file whose pages are damaged, without LMDB. Pages are
 * followed from the newest root that can be found, node by node where they are damaged. What is
 * below a page that cannot be read is looked for in all pages that nothing else uses; it is taken
 * only where it belongs, by the keys around it. Nothing here says that an entry is right: objects
 * have their digests, records their checksums.
 */
final class Salvage {
  private static final int DEPTH_MAX = 32;
  private static final long PACKS_MAX = 1L << 40;

  /** A longer value is taken for damage: it bounds memory. */
  private static final long VALUE_BYTES_MAX = 1L << 28;

  private static final String MAIN = "main";
  private static final String FREE = "free";

  private final FileChannel file;
  private final Sink sink;
  private final Consumer<String> faults;
  private final BitSet used = new BitSet();
  private final List<Gap> gaps = new ArrayList<>();
  private final BitSet free = new BitSet();
  private final Set<String> found = new HashSet<>();
  private int pageBytes;
  private int filePages;
  private boolean freeKnown = true;

  /** Newest version of each state that was reached, 0 if none was. */
  private final Map<ByteBuffer, Long> newest = new HashMap<>();

  private boolean onlyNewer;

  /**
   * Is told of each entry: its database, its key, and its value, which is valid until it returns.
   */
  interface Sink {
    void entry(String database, byte[] key, ByteBuffer value) throws IOException;
  }

  /** Keys of a database, from one on and below another, that may be in pages not reached. */
  private record Gap(String database, byte[] low, byte[] high) {
    static Gap all(String database) {
      return new Gap(database, null, null);
    }

    boolean has(String name, byte[] key) {
      return database.equals(name)
          && (low == null || Arrays.compareUnsigned(low, key) <= 0)
          && (high == null || Arrays.compareUnsigned(key, high) < 0);
    }
  }

  /**
   * A salvage.
   *
   * @param faults is told what cannot be read
   */
  Salvage(FileChannel file, Sink sink, Consumer<String> faults) {
    this.file = file;
    this.sink = sink;
    this.faults = faults;
  }

  /** Gives all that there is. */
  void run() throws IOException {
    MetaPage meta = MetaPage.salvaged(file);
    pageBytes = meta == null ? MetaPage.PAGE_BYTES_USUAL : meta.pageBytes();
    filePages = (int) Math.min(Integer.MAX_VALUE, file.size() / pageBytes);
    used.set(0, MetaPage.COUNT);
    if (meta == null) {
      faults.accept("both meta pages are damaged");
      freeKnown = false;
    } else {
      tree(meta.free(), FREE);
      tree(meta.main(), MAIN);
    }
    for (String database : Environment.NAMES) {
      if (found.add(database)) {
        faults.accept("database " + database + " has no root");
        gaps.add(Gap.all(database));
      }
    }
    if (meta != null && gaps.isEmpty() && !MetaPage.areSound(file)) {
      // The other one may have been of a newer transaction, whose pages are there: what it added
      // to the snapshot that we have.
      freeKnown = false;
      onlyNewer = true;
      gaps.add(Gap.all(Environment.OBJECTS));
      gaps.add(Gap.all(Environment.PACKS));
      gaps.add(Gap.all(Environment.VERSIONS));
    }
    if (!gaps.isEmpty()) {
      scan();
    }
  }

  private void tree(MetaPage.Tree tree, String database) throws IOException {
    if (tree.root() != MetaPage.Tree.NO_ROOT) {
      visit(tree.root(), tree.depth(), 1, Gap.all(database));
    }
  }

  /** Follows a page whose keys should be in the range. */
  private void visit(long number, int depth, int level, Gap range) throws IOException {
    if (number < MetaPage.COUNT || number >= filePages || level > DEPTH_MAX) {
      lost("page " + number + ": behind the end", range);
      return;
    }
    if (used.get((int) number)) {
      lost("page " + number + ": used twice", range);
      return;
    }
    used.set((int) number);
    ByteBuffer page = read(number);
    Boolean says = TreePage.isLeaf(page);
    boolean leaf = says == null ? level >= depth : says;
    TreePage nodes;
    try {
      nodes = new TreePage(page, number, leaf);
    } catch (PageFault e) {
      lost(e.getMessage(), range);
      nodes = TreePage.salvaged(page, number, leaf);
    }
    if (leaf) {
      leaf(nodes, number, range);
      return;
    }
    for (int i = 0; i < nodes.nodes(); i++) {
      byte[] low = i == 0 ? range.low : nodes.key(i);
      byte[] high = i + 1 == nodes.nodes() ? range.high : nodes.key(i + 1);
      visit(nodes.child(i), depth, level + 1, new Gap(range.database, low, high));
    }
  }

  private void lost(String what, Gap range) {
    faults.accept(what);
    freeKnown &= !range.database.equals(FREE);
    gaps.add(range);
  }

  private void leaf(TreePage nodes, long number, Gap range) throws IOException {
    for (int i = 0; i < nodes.nodes(); i++) {
      byte[] key = nodes.key(i);
      if (range.database.equals(MAIN)) {
        String name = new String(key, StandardCharsets.US_ASCII);
        boolean isTree =
            nodes.flags(i) == TreePage.IS_TREE && nodes.dataBytes(i) == MetaPage.Tree.BYTES;
        if (isTree && Environment.NAMES.contains(name) && found.add(name)) {
          tree(MetaPage.Tree.read(read(number), nodes.dataOffset(i)), name);
        }
      } else if (range.database.equals(FREE)) {
        freed(value(nodes, number, i));
      } else if (range.has(range.database, key) && range.database.equals(database(key))) {
        give(nodes, number, i, key);
      } else {
        used.clear((int) number); // another's, or a damaged key: whose it is a scan can tell
        lost("page " + number + ": a key where it cannot be", Gap.all(range.database));
      }
    }
  }

  private void give(TreePage nodes, long number, int node, byte[] key) throws IOException {
    if (key.length == Records.STATE_KEY_BYTES) {
      newest.put(ByteBuffer.wrap(key), 0L);
    } else if (key.length == Records.VERSION_KEY_BYTES) {
      newest.merge(state(key), versionNumber(key), Math::max);
    }
    ByteBuffer value = value(nodes, number, node);
    if (value == null) {
      faults.accept("page " + number + ": a value that is not there");
    } else {
      sink.entry(database(key), key, value);
    }
  }

  private static ByteBuffer state(byte[] versionKey) {
    return ByteBuffer.wrap(versionKey, 0, Records.STATE_KEY_BYTES);
  }

  private static long versionNumber(byte[] versionKey) {
    return ByteBuffer.wrap(versionKey).getLong(Records.STATE_KEY_BYTES);
  }

  private boolean isWanted(String database, byte[] key) {
    boolean old =
        onlyNewer
            && key.length == Records.VERSION_KEY_BYTES
            && versionNumber(key) <= newest.getOrDefault(state(key), Long.MAX_VALUE);
    return database != null && !old && gaps.stream().anyMatch(gap -> gap.has(database, key));
  }

  /** The pages that a record of the free tree lists: their count, then their numbers. */
  private void freed(ByteBuffer list) {
    long count = list == null || list.remaining() < Long.BYTES ? -1 : list.getLong();
    if (count < 0 || count > list.remaining() / Long.BYTES) {
      freeKnown = false;
      return;
    }
    for (; count > 0; count--) {
      long page = list.getLong();
      if (page >= MetaPage.COUNT && page < filePages) {
        free.set((int) page);
      }
    }
  }

  /** A value, from its overflow pages if it has some; null if it is not in the file. */
  private ByteBuffer value(TreePage nodes, long number, int node) throws IOException {
    long bytes = nodes.dataBytes(node);
    if (nodes.flags(node) != TreePage.ON_OVERFLOW_PAGES) {
      return read(number * pageBytes + nodes.dataOffset(node), bytes);
    }
    ByteBuffer place = read(number * pageBytes + nodes.dataOffset(node), Long.BYTES);
    long first = place == null ? 0 : place.getLong();
    long pages = TreePage.overflowPages(bytes, pageBytes);
    if (first < MetaPage.COUNT || first > filePages - pages) {
      return null;
    }
    used.set((int) first, (int) (first + pages));
    return read(first * pageBytes + TreePage.HEADER_BYTES, bytes);
  }

  /** Looks through all pages that nothing uses for what the gaps may have held. */
  private void scan() throws IOException {
    for (int number = MetaPage.COUNT; number < filePages; number++) {
      if (used.get(number) || freeKnown && free.get(number)) {
        continue;
      }
      ByteBuffer page = read(number);
      if (page.getLong(0) != number) {
        continue;
      }
      if (TreePage.isOverflow(page)) {
        // What a container wrote may look like a page; it is not to be taken for one.
        long pages = page.getInt(12) & 0xffffffffL;
        number = (int) Math.min(filePages, number + Math.max(1, pages)) - 1;
      } else if (Boolean.TRUE.equals(TreePage.isLeaf(page))) {
        TreePage nodes = TreePage.salvaged(page, number, true);
        for (int i = 0; i < nodes.nodes(); i++) {
          byte[] key = nodes.key(i);
          if (isWanted(database(key), key)) {
            give(nodes, number, i, key);
          }
        }
      }
    }
  }

  /** The database that a key can only be of; null if of none. */
  private static String database(byte[] key) {
    ByteBuffer from = ByteBuffer.wrap(key);
    if (Space.read(from.duplicate()) != null) {
      return Environment.OBJECTS;
    }
    return switch (key.length) {
      case Records.STATE_KEY_BYTES -> Environment.STATES;
      case Records.VERSION_KEY_BYTES -> Environment.VERSIONS;
      case Long.BYTES ->
          from.getLong() > 0 && from.getLong(0) < PACKS_MAX ? Environment.PACKS : null;
      default -> StoreFormat.isKey(from) ? Environment.META : null;
    };
  }

  private ByteBuffer read(long number) throws IOException {
    return read(number * pageBytes, pageBytes);
  }

  /** Bytes of the file; null if it has not got them, or they are too many for any value. */
  private ByteBuffer read(long position, long bytes) throws IOException {
    if (position < 0 || bytes > VALUE_BYTES_MAX || bytes > file.size() - position) {
      return null;
    }
    ByteBuffer into = ByteBuffer.allocate((int) bytes).order(ByteOrder.LITTLE_ENDIAN);
    while (into.hasRemaining()) {
      if (file.read(into, position + into.position()) <= 0) {
        return null;
      }
    }
    return into.flip();
  }
}
