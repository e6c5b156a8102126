package io.diffkeeper.capture;

import io.diffkeeper.bpf.DirtySink;
import io.diffkeeper.bpf.EventSource;
import io.diffkeeper.files.Attributes;
import io.diffkeeper.files.Dir;
import io.diffkeeper.files.StateDir;
import io.diffkeeper.store.Cut;
import io.diffkeeper.store.StateName;
import io.diffkeeper.store.Store;
import io.diffkeeper.store.VersionWriter;
import io.diffkeeper.sys.Errno;
import io.diffkeeper.sys.Stat;
import io.diffkeeper.sys.SyscallException;
import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.FileType;
import io.diffkeeper.tree.Name;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Follows a container's state-dirs and turns what changed into versions. Not thread-safe: one
 * thread scans, drains events and commits, so an event is never handled while a directory is read.
 */
public final class Capture {
  private static final long TMPFS_MAGIC = 0x01021994;

  /** How often a picture is read again, at most, to be settled. */
  public static final int SETTLING_ROUNDS = 5;

  private final Store store;
  private final StateName state;
  private final Attributes attributes;
  private final Predicate<Name> excluded;
  private final WritableMaps maps;
  private final List<Entry> kept;
  private final int roundsMax;
  private final Consumer<String> notes;
  private final TreeIndex index = new TreeIndex();
  private final Reader reader;
  private final Map<StateDir, Node> roots = new LinkedHashMap<>();
  private final Set<Node> dirty = new LinkedHashSet<>();
  private final Set<Node> inFlight = new LinkedHashSet<>();
  private final Set<Name> noted = new HashSet<>();
  private final List<Node> removed = new ArrayList<>();
  private boolean sweepDue;
  private boolean scanned;
  private Digest written;
  private long events;
  private int changes;

  private final DirtySink sink =
      new DirtySink() {
        @Override
        public void dirty(long inode, long parentInode) {
          List<Node> nodes = index.nodes(inode);
          if (nodes.isEmpty()) {
            nodes = index.nodes(parentInode);
          }
          if (!nodes.isEmpty()) {
            events++;
            dirty.addAll(nodes);
          }
        }

        @Override
        public void lost(long count) {
          notes.accept(count + " kernel events lost: scanning the whole tree");
          sweepDue = true;
        }
      };

  /**
   * What a commit found.
   *
   * @param root digest of the version's tree
   * @param cut how consistent the picture is across files
   * @param changed entries that were read again
   */
  public record Picture(Digest root, Cut cut, long changed) {}

  /**
   * Capture of one container; nothing is read yet.
   *
   * @param excluded tells, by path relative to the state-dir, what is not kept
   * @param maps tells what the container's processes have mapped
   * @param kept entries of state-dirs that are not there any more, to be in every version as they
   *     are
   * @param roundsMax how often to read again what changed meanwhile, before a picture is fuzzy
   * @param notes is told, a line each, what could not be kept and why
   */
  public Capture(
      Store store,
      StateName state,
      List<StateDir> stateDirs,
      Attributes attributes,
      Predicate<Name> excluded,
      WritableMaps maps,
      List<Entry> kept,
      int roundsMax,
      Consumer<String> notes) {
    this.store = store;
    this.state = state;
    this.attributes = attributes;
    this.excluded = excluded;
    this.maps = maps;
    this.kept = kept;
    this.roundsMax = roundsMax;
    this.notes = notes;
    this.reader = new Reader(index, attributes);
    stateDirs.forEach(dir -> roots.put(dir, new Node(null, dir.path())));
  }

  /** Regular files in the state. */
  public long files() {
    return index.files();
  }

  /** Sum of the regular files' lengths, in bytes. */
  public long bytes() {
    return index.bytes();
  }

  /** Kernel events taken so far that concern the state. */
  public long events() {
    return events;
  }

  /** Whether there is something to read. */
  public boolean isDirty() {
    return sweepDue || !dirty.isEmpty();
  }

  /** Takes the waiting events of a source; returns whether anything is dirty now. */
  public boolean drain(EventSource source) {
    source.drain(sink);
    return isDirty();
  }

  /** Makes the next picture compare the whole tree by metadata. */
  public void requestSweep() {
    sweepDue = true;
  }

  /**
   * Makes what is mapped for writing on tmpfs dirty: there, stores make no events.
   *
   * @return whether there is any such file
   */
  public boolean touchMapped() {
    boolean any = false;
    for (var root : roots.entrySet()) {
      if (root.getValue().entry != null && root.getKey().dir().fileSystemType() == TMPFS_MAGIC) {
        any |= touchMapped(root.getValue());
      }
    }
    return any;
  }

  private boolean touchMapped(Node node) {
    if (node.isFile() && node.mapped) {
      dirty.add(node);
      return true;
    }
    boolean any = false;
    if (node.isDirectory()) {
      for (Node child : node.children.values()) {
        any |= touchMapped(child);
      }
    }
    return any;
  }

  /**
   * Reads the whole tree for the first time.
   *
   * @param known entries by full path whose content need not be read if size and time match
   */
  public Picture scan(Map<Name, Entry> known, VersionWriter writer) throws IOException {
    index.clear();
    dirty.clear();
    reader.setKnown(known);
    reader.setMapped(maps.inodes());
    for (var root : roots.entrySet()) {
      Node node = new Node(null, root.getKey().path());
      root.setValue(node);
      reader.readDirectory(root.getKey().dir(), node);
      index.add(node);
      list(root.getKey(), root.getKey().dir(), node, true, writer);
    }
    reader.setKnown(Map.of());
    scanned = true;
    return new Picture(digest(writer), Cut.SETTLED, index.files());
  }

  /** Whether the whole tree has been read once. */
  public boolean isScanned() {
    return scanned;
  }

  /** Everything that was read, by full path in the container; directories without content. */
  public Map<Name, Entry> entries() {
    Map<Name, Entry> entries = new HashMap<>();
    roots.forEach((dir, node) -> collect(node, dir.path(), entries));
    return entries;
  }

  private static void collect(Node node, Name path, Map<Name, Entry> into) {
    into.put(path, node.entry);
    if (node.isDirectory()) {
      node.children.values().forEach(child -> collect(child, path.resolve(child.name), into));
    }
  }

  /**
   * Reads everything dirty until nothing changes any more, or as often as allowed.
   *
   * <p>Settled means proven: when the last event was taken, every file still was what had been
   * read. After a failure everything read is dirty again.
   *
   * @param source tells what changes meanwhile
   */
  public Picture picture(EventSource source, VersionWriter writer) throws IOException {
    Cut cut = Cut.SETTLED;
    try {
      for (int round = 1; drain(source); round++) {
        if (round > roundsMax) {
          cut = Cut.FUZZY;
          break;
        }
        boolean swept = sweepDue;
        int before = changes;
        readDirty(writer);
        // Without events, only a sweep that finds nothing proves that nothing changed.
        sweepDue |= swept && source.pollFd() < 0 && changes > before;
      }
      return new Picture(digest(writer), cut, inFlight.size());
    } catch (IOException | RuntimeException e) {
      retryInFlight();
      throw e;
    }
  }

  /** To be called once the picture is durable: what was read for it need not be read again. */
  public void committed() {
    inFlight.clear();
  }

  /** To be called if the picture could not be made durable: all of it is dirty again. */
  public void retryInFlight() {
    inFlight.forEach(Node::changed);
    inFlight.stream().filter(node -> !node.gone).forEach(dirty::add);
    inFlight.clear();
  }

  private void readDirty(VersionWriter writer) throws IOException {
    reader.setMapped(maps.inodes());
    List<Node> batch = new ArrayList<>(dirty);
    dirty.clear();
    inFlight.addAll(batch);
    if (sweepDue) {
      sweepDue = false;
      for (var root : roots.entrySet()) {
        sweep(root.getKey(), root.getKey().dir(), root.getValue(), writer);
      }
    }
    for (Node node : batch) {
      if (!node.gone) {
        readAgain(node, writer);
      }
    }
    removed.forEach(index::remove);
    removed.clear();
  }

  private StateDir stateDir(Node node) {
    Node top = node;
    while (top.parent != null) {
      top = top.parent;
    }
    for (var root : roots.entrySet()) {
      if (root.getValue() == top) {
        return root.getKey();
      }
    }
    throw new IllegalStateException("node of no state-dir");
  }

  private void readAgain(Node node, VersionWriter writer) throws IOException {
    StateDir top = stateDir(node);
    Node parent = node.parent;
    if (parent == null) {
      refreshDirectory(top, top.dir(), node, false, writer);
      return;
    }
    try (Dir dir = open(top, parent)) {
      Stat stat = dir.stat(node.name);
      if (stat == null
          || stat.inode() != node.stat.inode()
          || FileType.of(stat.mode()) != node.entry.type()) {
        // Gone or another now: the parent's list says which.
        refreshDirectory(top, dir, parent, false, writer);
      } else if (node.isDirectory()) {
        try (Dir self = dir.open(node.name)) {
          refreshDirectory(top, self, node, false, writer);
        }
      } else {
        reload(top, dir, node, writer);
      }
    } catch (SyscallException e) {
      if (!Reader.vanished(e)) {
        throw e;
      }
      dirty.add(parent);
    }
  }

  private Dir open(StateDir top, Node node) throws SyscallException {
    Name path = node.parent == null ? Name.of(".") : node.relativePath();
    return top.dir().open(path);
  }

  private void reload(StateDir top, Dir dir, Node node, VersionWriter writer) throws IOException {
    index.remove(node);
    try {
      Name path = top.path().resolve(node.relativePath());
      Entry before = node.entry;
      reader.read(dir, node, node.entry.type(), path, before, writer);
      changes += before.sameAs(node.entry) ? 0 : 1;
    } finally {
      index.add(node);
    }
    inFlight.add(node);
    node.changed();
  }

  /** Reads a directory's own attributes and its list again. */
  private void refreshDirectory(
      StateDir top, Dir dir, Node node, boolean deep, VersionWriter writer) throws IOException {
    Entry before = node.entry;
    index.remove(node);
    reader.readDirectory(dir, node);
    index.add(node);
    inFlight.add(node);
    if (!before.sameAs(node.entry)) {
      node.changed();
    }
    list(top, dir, node, deep, writer);
  }

  /** Compares the whole tree beneath a directory by metadata, and reads what differs. */
  private void sweep(StateDir top, Dir dir, Node node, VersionWriter writer) throws IOException {
    refreshDirectory(top, dir, node, true, writer);
  }

  /**
   * Brings a directory's children up to date with its list.
   *
   * @param deep whether to look at the children's own attributes, too, all the way down
   */
  private void list(StateDir top, Dir dir, Node node, boolean deep, VersionWriter writer)
      throws IOException {
    if (node.depth() > Dir.DEPTH_MAX) {
      note(top.path().resolve(node.relativePath()), "nested too deeply, not kept");
      return;
    }
    Set<Name> present = new HashSet<>();
    for (Dir.Item item : dir.list()) {
      Name relative = node.relativePath().resolve(item.name());
      boolean stage = node.parent == null && item.name().equals(StateDir.STAGE);
      if (!stage && !excluded.test(relative)) {
        try {
          if (child(top, dir, node, item, deep, writer)) {
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
      note(top.path().resolve(relative), "is a mount of its own, not kept");
    } else if (Reader.vanished(e)) {
      dirty.add(node);
    } else {
      throw e;
    }
  }

  private void note(Name path, String what) {
    if (noted.add(path)) {
      notes.accept(path + ": " + what);
    }
  }

  /** Brings one child up to date; returns whether it is there and kept. */
  private boolean child(
      StateDir top, Dir dir, Node parent, Dir.Item item, boolean deep, VersionWriter writer)
      throws IOException {
    Node known = parent.children.get(item.name());
    if (known != null && !deep && known.listed == item.inode()) {
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
    // A file that took another's place, as editors save it, is mostly much like it.
    Entry previous = known == null ? null : known.entry;
    if (known != null && (known.stat.inode() != stat.inode() || known.entry.type() != type)) {
      drop(known);
      known = null;
    }
    if (known == null) {
      create(top, dir, parent, item, type, previous, writer);
    } else {
      known.listed = item.inode();
      if (type == FileType.DIRECTORY) {
        try (Dir self = dir.open(item.name())) {
          refreshDirectory(top, self, known, deep, writer);
        }
      } else if (known.racy
          || known.mapped
          || !known.stat.unchangedSince(stat)
          || known.stat.nlink() != stat.nlink()) {
        reload(top, dir, known, writer);
      }
    }
    return true;
  }

  private void create(
      StateDir top,
      Dir dir,
      Node parent,
      Dir.Item item,
      FileType type,
      Entry previous,
      VersionWriter writer)
      throws IOException {
    Node node = new Node(parent, item.name());
    node.listed = item.inode();
    if (type == FileType.DIRECTORY) {
      try (Dir self = dir.open(item.name())) {
        reader.readDirectory(self, node);
        attach(node);
        list(top, self, node, true, writer);
      }
    } else {
      Name path = top.path().resolve(node.relativePath());
      reader.read(dir, node, type, path, previous, writer);
      attach(node);
    }
  }

  private void attach(Node node) {
    changes++;
    node.parent.children.put(node.name, node);
    index.add(node);
    inFlight.add(node);
    node.changed();
  }

  /** Takes a node and all beneath it out of the tree; the index keeps it until the batch ends. */
  private void drop(Node node) {
    changes++;
    node.parent.children.remove(node.name);
    node.parent.changed();
    inFlight.add(node.parent);
    forget(node);
  }

  private void forget(Node node) {
    if (node.isDirectory()) {
      node.children.values().forEach(this::forget);
    }
    node.gone = true;
    removed.add(node);
  }

  /** Writes the changed directories, and on top of them the one of all state-dirs. */
  private Digest digest(VersionWriter writer) {
    List<Entry> tops = new ArrayList<>(kept);
    for (Node root : roots.values()) {
      tops.add(withContent(root, digest(root, writer)));
    }
    written = writer.directory(tops, written);
    return written;
  }

  private Digest digest(Node directory, VersionWriter writer) {
    if (directory.digest == null) {
      List<Entry> entries = new ArrayList<>(directory.children.size());
      for (Node child : directory.children.values()) {
        entries.add(child.isDirectory() ? withContent(child, digest(child, writer)) : child.entry);
      }
      directory.digest = writer.directory(entries, directory.written);
      directory.written = directory.digest;
    }
    return directory.digest;
  }

  private static Entry withContent(Node directory, Digest digest) {
    return new Entry(directory.name, directory.entry.metadata(), 0, digest, null, 0);
  }
}
