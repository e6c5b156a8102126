package io.diffkeeper.capture;

import io.diffkeeper.files.StateDir;
import io.diffkeeper.store.VersionWriter;
import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.Name;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** All state-dirs as they were last read, with an index by inode. Not thread-safe. */
final class LiveTree {
  final TreeIndex index = new TreeIndex();
  private final List<Entry> kept;
  private final Map<StateDir, Node> roots = new LinkedHashMap<>();
  private Digest written;

  /** Those in memory, where stores into mappings make no events; null before that is known. */
  private Set<StateDir> onTmpfs;

  /**
   * A tree of which nothing is read yet.
   *
   * @param kept entries of state-dirs that are not there any more, to be in every version as they
   *     are
   */
  LiveTree(List<StateDir> stateDirs, List<Entry> kept) {
    this.kept = kept;
    stateDirs.forEach(dir -> roots.put(dir, new Node(null, dir.path())));
  }

  Set<StateDir> stateDirs() {
    return roots.keySet();
  }

  /** The top node of a state-dir. */
  Node root(StateDir dir) {
    return roots.get(dir);
  }

  /** Forgets what was read of a state-dir; returns its new top node. */
  Node renew(StateDir dir) {
    Node node = new Node(null, dir.path());
    roots.put(dir, node);
    return node;
  }

  /** The state-dir that a node is in. */
  StateDir stateDir(Node node) {
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

  /** A node's full path in the container. */
  Name path(Node node) {
    Name top = stateDir(node).path();
    return node.parent == null ? top : top.resolve(node.relativePath());
  }

  /** Everything that was read, by full path in the container; directories without content. */
  Map<Name, Entry> entries() {
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

  /** Whether any state-dir is a tmpfs, or an overlay upon one. */
  boolean isOnTmpfs() {
    if (onTmpfs == null) {
      onTmpfs = new HashSet<>();
      for (StateDir dir : roots.keySet()) {
        if (dir.dir().isInMemory()) {
          onTmpfs.add(dir);
        }
      }
    }
    return !onTmpfs.isEmpty();
  }

  /** The files on tmpfs that have one of these inode numbers. */
  Set<Node> onTmpfs(Set<Long> inodes) {
    if (!isOnTmpfs()) {
      return Set.of();
    }
    Set<Node> found = new HashSet<>();
    for (long inode : inodes) {
      for (Node node : index.nodes(inode)) {
        if (node.isFile() && onTmpfs.contains(stateDir(node))) {
          found.add(node);
        }
      }
    }
    return found;
  }

  /** Writes the changed directories, and on top of them the one of all state-dirs. */
  Digest digest(VersionWriter writer) {
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
