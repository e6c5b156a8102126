package io.diffkeeper.capture;

import io.diffkeeper.files.UpperDir;
import io.diffkeeper.store.Author;
import io.diffkeeper.store.FileContent;
import io.diffkeeper.sys.Stat;
import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.FileType;
import io.diffkeeper.tree.Name;
import java.util.Map;
import java.util.TreeMap;

/** One entry of the live tree, as it was when last read. */
final class Node {
  /** No inode has this number. */
  static final long UNLISTED = 0;

  final Node parent;
  final Name name;

  /** What was read. A directory's has no content digest: that is made from its children. */
  Entry entry;

  /** The attributes from just before the read. */
  Stat stat;

  /**
   * The inode number in the parent's list, which on overlayfs need not be that of stat; {@link
   * #UNLISTED} if the list has to be looked at again.
   */
  long listed;

  /**
   * On an overlay, its number in the upper layer when its directory was listed; {@link
   * UpperDir#NONE} if that has nothing of it.
   */
  long upper = UpperDir.NONE;

  /** Whether a change right after the read could have left the timestamps as they were. */
  boolean racy;

  /** Whether a process had it mapped for writing when it was read. */
  boolean mapped;

  /** Its content, while that is not stored yet: then the entry has no digest. Else null. */
  Held.Content held;

  /** While its content is held, the file that it replaces, as it was last stored; may be null. */
  Entry before;

  /** Whether it was taken out of the index: what still refers to it is out of date. */
  boolean gone;

  /** A directory's children by name; null for everything else. */
  Map<Name, Node> children;

  /** Who changed it last since the last version; null if nobody did, or it is not known who. */
  Author author;

  /** A directory's digest, while nothing beneath it has changed. */
  Digest digest;

  /** A directory's digest when it was last written, whatever has changed since; may be null. */
  Digest written;

  Node(Node parent, Name name) {
    this.parent = parent;
    this.name = name;
  }

  boolean isDirectory() {
    return entry.type() == FileType.DIRECTORY;
  }

  boolean isFile() {
    return entry.type() == FileType.FILE;
  }

  void setEntry(Entry entry, Stat stat) {
    this.entry = entry;
    this.stat = stat;
    if (isDirectory() && children == null) {
      children = new TreeMap<>();
    }
  }

  /** What is held of it is stored. */
  void stored(FileContent content) {
    entry = new Entry(name, entry.metadata(), content.size(), content.digest(), null, entry.link());
    let();
  }

  /** Nothing of it is held any more. */
  void let() {
    held = null;
    before = null;
  }

  /** The file as it was last stored; null if it never was. */
  Entry lastStored() {
    return held == null ? entry : before;
  }

  /** Forgets the digests of this directory and of those above it. */
  void changed() {
    for (Node node = this; node != null; node = node.parent) {
      node.digest = null;
    }
  }

  int depth() {
    int depth = 0;
    for (Node node = parent; node != null; node = node.parent) {
      depth++;
    }
    return depth;
  }

  /** The path relative to the state-dir; empty for the state-dir itself. */
  Name relativePath() {
    if (parent == null) {
      return Name.EMPTY;
    }
    return parent.relativePath().resolve(name);
  }
}
