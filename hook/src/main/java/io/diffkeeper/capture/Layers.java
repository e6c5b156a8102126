package io.diffkeeper.capture;

import io.diffkeeper.bpf.EventSource;
import io.diffkeeper.files.Dir;
import io.diffkeeper.files.StateDir;
import io.diffkeeper.files.Times;
import io.diffkeeper.files.UpperDir;
import io.diffkeeper.tree.Name;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The numbers of nodes in the upper layers of overlays. What has none there has not been changed:
 * whatever changes it first gives it one, which changes the list of its directory there. So a
 * directory's list in the upper layer is read after its own attributes, and before anything else of
 * it; the events of what it has from then on are known. Not thread-safe.
 */
final class Layers {
  private final LiveTree tree;

  /** Directories whose path led to another one in the upper layer when it was last read. */
  private final Set<Node> moved = new HashSet<>();

  /** State-dirs that have to be read as a whole, as they were followed wrongly. */
  private final Set<StateDir> distrusted = new HashSet<>();

  /** State-dirs of which each directory has to be followed by itself, too. */
  private final Set<StateDir> byList = new HashSet<>();

  /** Paths of state-dirs on overlays that cannot be followed by an upper layer alone. */
  private final Set<Name> costly = new TreeSet<>();

  Layers(LiveTree tree) {
    this.tree = tree;
  }

  /**
   * Looks for a state-dir's upper layer; nothing of the state-dir has been read yet.
   *
   * @return whether a source that is not wide tells of all changes in it
   */
  boolean enter(StateDir dir, EventSource source) {
    UpperDir upper = source.tellsUpper() ? dir.dir().upper() : null;
    if (upper != null) {
      tree.root(dir).upper = upper.inode();
    }
    Times times = upper == null ? dir.dir().times() : upper.times();
    byList.remove(dir);
    if (upper != null && times == Times.ALL_BUT_LISTS) {
      byList.add(dir);
      return true;
    }
    // A tmpfs by itself has no watches, which would cost whoever writes on it 13 ns.
    if (times == Times.SOME) {
      addCost(dir, source);
    }
    return times == Times.ALL;
  }

  private void addCost(StateDir dir, EventSource source) {
    if (source.tellsUpper() && dir.dir().isOnOverlay()) {
      costly.add(dir.path());
    }
  }

  /**
   * A directory is about to be listed.
   *
   * @return whether the source tells of what its list does not show yet
   */
  boolean enterDirectory(StateDir top, Dir dir, Node node, EventSource source) {
    long inode = node.stat.inode();
    if (!byList.contains(top)) {
      return source.enter(dir.descriptor(), inode);
    }
    if (source.followList(dir.descriptor(), inode)) {
      return true;
    }
    byList.remove(top);
    addCost(top, source);
    return source.widen();
  }

  /** Why a source has to tell of overlays' own inodes, for people; empty if it has not. */
  String shortfall() {
    return costly.isEmpty()
        ? ""
        : "costs writers on overlays 100 ns, as the upper layer of "
            + costly
            + " is none of ext4, xfs, btrfs and tmpfs, or cannot be followed";
  }

  /** Whether the upper layer of a state-dir is followed. */
  boolean isFollowed(StateDir dir) {
    return tree.root(dir).upper != UpperDir.NONE;
  }

  /**
   * What the upper layer has in a directory.
   *
   * @return null if that is not known; empty if it has nothing, or there is no such layer
   */
  Map<Name, Long> list(StateDir dir, Node node) {
    if (node.upper == UpperDir.NONE) {
      return Map.of();
    }
    if (!isFollowed(dir)) {
      return null;
    }
    Name path = node.parent == null ? Name.of(".") : node.relativePath();
    Map<Name, Long> found = dir.dir().upper().list(path, node.upper);
    if (found != null) {
      moved.remove(node);
    }
    return found;
  }

  /** What a list of the upper layer tells of a name, or, if there is none, what is known of it. */
  static long upper(Map<Name, Long> list, Node known, Name name) {
    if (list != null) {
      return list.getOrDefault(name, UpperDir.NONE);
    }
    return known == null ? UpperDir.NONE : known.upper;
  }

  /**
   * A directory is another one in the upper layer, or none. It was moved, and its list is read
   * again when its parent's has been; if that did not help, the layer is not what it seemed to be.
   *
   * @return whether it may be read again
   */
  boolean mayRetry(Node node) {
    moved.removeIf(other -> other.gone);
    return node.parent != null && moved.add(node);
  }

  /** Forgets a state-dir's upper layer for good. */
  void distrust(StateDir dir) {
    dir.dir().distrustUpper();
    tree.index.setUpper(tree.root(dir), UpperDir.NONE);
    distrusted.add(dir);
    byList.remove(dir);
    costly.add(dir.path());
  }

  /** Whether a state-dir has to be read as a whole; from now on it counts as read. */
  boolean takeDistrusted(StateDir dir) {
    return distrusted.remove(dir);
  }
}
