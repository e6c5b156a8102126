package io.diffkeeper.capture;

import io.diffkeeper.bpf.EventSource;
import io.diffkeeper.files.Attributes;
import io.diffkeeper.files.Dir;
import io.diffkeeper.files.StateDir;
import io.diffkeeper.store.VersionWriter;
import io.diffkeeper.sys.Errno;
import io.diffkeeper.sys.Stat;
import io.diffkeeper.sys.SyscallException;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.FileType;
import io.diffkeeper.tree.Name;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Brings a {@link LiveTree} up to date with the directories, in batches: what is read goes into one
 * version's writer. Whatever vanishes meanwhile has its directory read again. Not thread-safe.
 */
final class TreeReader {
  private static final String UNWATCHED = "cannot be watched: is compared every second";

  private final LiveTree tree;
  private final Backlog backlog;
  private final Authors authors;
  private final Predicate<Name> excluded;
  private final Notes notes;
  private final Held held = new Held();
  private final Reader reader;
  private final Layers layers;
  private final List<Node> removed = new ArrayList<>();
  private EventSource source;
  private VersionWriter writer;

  TreeReader(
      LiveTree tree,
      Backlog backlog,
      Authors authors,
      Attributes attributes,
      Predicate<Name> excluded,
      Consumer<String> notes) {
    this.tree = tree;
    this.backlog = backlog;
    this.authors = authors;
    this.excluded = excluded;
    this.notes = new Notes(notes);
    this.layers = new Layers(tree);
    this.reader = new Reader(tree.index, attributes, held);
  }

  /** Why whoever writes on an overlay of this host pays for what is read here; may be empty. */
  String shortfall() {
    return layers.shortfall();
  }

  /** Bytes of content that were read so far. */
  long readBytes() {
    return reader.readBytes();
  }

  /**
   * Begins a batch.
   *
   * @param source is told of each directory before it is listed
   * @param mapped inodes that are mapped for writing now
   */
  void begin(EventSource source, VersionWriter writer, Set<Long> mapped) {
    this.source = source;
    this.writer = writer;
    reader.setMapped(mapped);
    held.pass();
  }

  /** Has the batch hold small files in memory until {@link #store}, so that reading takes less. */
  void hold() {
    held.begin(backlog.bytes());
  }

  /** Stores what was read and is held in memory. */
  void store() throws IOException {
    held.store(writer);
  }

  /** Forgets what was read and is held in memory, as all of it is going to be read again. */
  void drop() {
    held.drop();
  }

  /** Ends a batch: events of what is gone are looked up no more. */
  void end() {
    removed.forEach(tree.index::remove);
    removed.clear();
  }

  /**
   * Reads everything, as if for the first time.
   *
   * @param known entries by full path whose content need not be read if size and time match
   * @param changed inodes of which all has to be read
   */
  void scan(Map<Name, Entry> known, Set<Long> changed) throws IOException {
    tree.index.clear();
    reader.setKnown(known, changed);
    for (StateDir dir : tree.stateDirs()) {
      tree.renew(dir);
      if (!layers.enter(dir, source)) {
        widen(dir);
      }
    }
    for (StateDir dir : tree.stateDirs()) {
      Node node = tree.root(dir);
      reader.readDirectory(dir.dir(), node);
      tree.index.add(node);
      list(dir, dir.dir(), node, true);
    }
    reader.setKnown(Map.of(), Set.of());
  }

  /** Compares everything by metadata, and reads what differs. */
  void sweep() throws IOException {
    for (StateDir dir : tree.stateDirs()) {
      refreshTop(dir, true);
    }
  }

  /** Brings a state-dir up to date: all of it if from now on other events count. */
  private void refreshTop(StateDir top, boolean deep) throws IOException {
    boolean all = layers.takeDistrusted(top) || deep;
    refreshDirectory(top, top.dir(), tree.root(top), all);
  }

  private void widen(StateDir dir) {
    if (!source.widen()) {
      notes.tell(dir.path(), UNWATCHED);
    }
  }

  /** The upper layer has not what is in a directory, but another's. */
  private void listAgain(StateDir top, Node node) {
    if (layers.mayRetry(node)) {
      node.listed = Node.UNLISTED;
      backlog.dirty(node.parent);
    } else {
      layers.distrust(top);
      notes.tell(top.path(), layers.shortfall());
      widen(top);
      backlog.dirty(tree.root(top));
    }
  }

  /** Reads a dirty node, and whatever took its place if it is gone. */
  void readAgain(Node node) throws IOException {
    StateDir top = tree.stateDir(node);
    Node parent = node.parent;
    if (parent == null) {
      refreshTop(top, false);
      return;
    }
    try (Dir dir = open(top, parent)) {
      Stat stat = dir.stat(node.name);
      if (stat == null
          || stat.inode() != node.stat.inode()
          || FileType.of(stat.mode()) != node.entry.type()) {
        // Gone or another now: the parent's list says which. A number may be given again at once,
        // and to another kind, so that the list alone would not tell.
        node.listed = Node.UNLISTED;
        refreshDirectory(top, dir, parent, false);
      } else if (node.isDirectory()) {
        try (Dir self = dir.open(node.name)) {
          refreshDirectory(top, self, node, false);
        }
      } else {
        reload(top, dir, node);
      }
    } catch (SyscallException e) {
      if (!Reader.vanished(e)) {
        throw e;
      }
      backlog.dirty(parent);
    }
  }

  private Dir open(StateDir top, Node node) throws SyscallException {
    Name path = node.parent == null ? Name.of(".") : node.relativePath();
    return top.dir().open(path);
  }

  private void reload(StateDir top, Dir dir, Node node) throws IOException {
    tree.index.remove(node);
    try {
      Name path = top.path().resolve(node.relativePath());
      Entry before = node.entry;
      reader.read(dir, node, before.type(), path, node.lastStored(), writer);
      if (!before.sameAs(node.entry)) {
        backlog.changed();
        if (node.mapped) {
          backlog.unsure(node);
        }
      }
    } finally {
      tree.index.add(node);
    }
    backlog.read(node);
    node.changed();
  }

  /** Reads a directory's own attributes and its list again. */
  private void refreshDirectory(StateDir top, Dir dir, Node node, boolean deep) throws IOException {
    Entry before = node.entry;
    tree.index.remove(node);
    reader.readDirectory(dir, node);
    tree.index.add(node);
    backlog.read(node);
    if (!before.sameAs(node.entry)) {
      node.changed();
    }
    list(top, dir, node, deep);
  }

  /**
   * Brings a directory's children up to date with its list.
   *
   * @param deep whether to look at the children's own attributes, too, all the way down
   */
  private void list(StateDir top, Dir dir, Node node, boolean deep) throws IOException {
    if (node.depth() > Dir.DEPTH_MAX) {
      notes.tell(top.path().resolve(node.relativePath()), "nested too deeply, not kept");
      return;
    }
    if (!layers.enterDirectory(top, dir, node, source)) {
      notes.tell(top.path().resolve(node.relativePath()), UNWATCHED);
    }
    Map<Name, Long> uppers = layers.list(top, node);
    if (uppers == null && layers.isFollowed(top)) {
      listAgain(top, node);
    }
    Set<Name> present = new HashSet<>();
    for (Dir.Item item : dir.list()) {
      Name relative = node.relativePath().resolve(item.name());
      boolean stage = node.parent == null && item.name().equals(StateDir.STAGE);
      if (!stage && !excluded.test(relative)) {
        try {
          long upper = Layers.upper(uppers, node.children.get(item.name()), item.name());
          if (child(top, dir, node, item, upper, deep)) {
            present.add(item.name());
          }
        } catch (SyscallException e) {
          unreadable(top, node, relative, e);
        }
      }
    }
    for (Node child : List.copyOf(node.children.values())) {
      if (!present.contains(child.name)) {
        drop(child);
      }
    }
  }

  /** A mount is no part of the state; what vanished meanwhile is looked for again. */
  private void unreadable(StateDir top, Node node, Name relative, SyscallException e)
      throws SyscallException {
    if (e.errno() == Errno.EXDEV) {
      notes.tell(top.path().resolve(relative), "is a mount of its own, not kept");
    } else if (Reader.vanished(e)) {
      backlog.dirty(node);
    } else {
      throw e;
    }
  }

  /** Brings one child up to date; returns whether it is there and kept. */
  private boolean child(StateDir top, Dir dir, Node parent, Dir.Item item, long upper, boolean deep)
      throws IOException {
    Node known = parent.children.get(item.name());
    if (known != null && !deep && known.upper == upper && known.listed == item.inode()) {
      return true;
    }
    Stat stat = dir.stat(item.name());
    if (stat == null) {
      return false;
    }
    FileType type = FileType.of(stat.mode());
    if (type == FileType.SOCKET) {
      return false;
    }
    Entry previous = previous(known, stat);
    boolean replaces = known != null;
    if (known != null && (known.stat.inode() != stat.inode() || known.entry.type() != type)) {
      drop(known);
      known = null;
    }
    if (known == null) {
      create(top, dir, parent, item, upper, type, previous, replaces);
    } else {
      boolean copiedUp = known.upper != upper;
      tree.index.setUpper(known, upper);
      known.listed = item.inode();
      if (type == FileType.DIRECTORY) {
        try (Dir self = dir.open(item.name())) {
          refreshDirectory(top, self, known, deep);
        }
      } else if (copiedUp
          || known.racy
          || known.mapped
          || !known.stat.unchangedSince(stat)
          || known.stat.nlink() != stat.nlink()) {
        reload(top, dir, known);
      }
    }
    return true;
  }

  /**
   * What a file is most like: what was last stored of it under another name, as a log that was
   * rotated; or of the one whose place it took, as editors save it. Null if neither is known.
   */
  private Entry previous(Node known, Stat stat) {
    for (Node node : tree.index.nodes(stat.inode())) {
      if (node.isFile() && (known == null || isMoved(node, stat))) {
        return node.lastStored();
      }
    }
    return known == null ? null : known.lastStored();
  }

  /** Whether the node is what has moved there, and most of it was stored already. */
  private static boolean isMoved(Node node, Stat stat) {
    Entry stored = node.lastStored();
    return stored != null && node.stat.isSameInode(stat) && stored.size() > stat.size() / 2;
  }

  private void create(
      StateDir top,
      Dir dir,
      Node parent,
      Dir.Item item,
      long upper,
      FileType type,
      Entry previous,
      boolean replaces)
      throws IOException {
    Node node = new Node(parent, item.name());
    node.listed = item.inode();
    node.upper = upper;
    if (type == FileType.DIRECTORY) {
      try (Dir self = dir.open(item.name())) {
        reader.readDirectory(self, node);
        attach(node, replaces);
        list(top, self, node, true);
      }
    } else {
      Name path = top.path().resolve(node.relativePath());
      reader.read(dir, node, type, path, previous, writer);
      attach(node, replaces);
      if (node.mapped) {
        backlog.unsure(node);
      }
    }
  }

  private void attach(Node node, boolean replaces) {
    backlog.changed();
    authors.created(node, replaces);
    node.parent.children.put(node.name, node);
    tree.index.add(node);
    backlog.read(node);
    node.changed();
  }

  /** Takes a node and all beneath it out of the tree; the index keeps it until the batch ends. */
  private void drop(Node node) {
    backlog.changed();
    authors.removed(node);
    node.parent.children.remove(node.name);
    node.parent.changed();
    backlog.read(node.parent);
    forget(node);
  }

  private void forget(Node node) {
    if (node.isDirectory()) {
      node.children.values().forEach(this::forget);
    }
    node.gone = true;
    removed.add(node);
  }
}
