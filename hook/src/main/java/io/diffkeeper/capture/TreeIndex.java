package io.diffkeeper.capture;

import io.diffkeeper.files.UpperDir;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The nodes of all state-dirs by inode number, on an overlay by that of the upper layer, too, which
 * is what the kernel's events name. Devices are not told apart: a number that matches by chance
 * costs one look.
 */
final class TreeIndex {
  private final Map<Long, List<Node>> byInode = new HashMap<>();
  private long files;
  private long bytes;

  /** Nodes with an inode number; more than one for hard links. */
  List<Node> nodes(long inode) {
    return byInode.getOrDefault(inode, List.of());
  }

  void clear() {
    byInode.clear();
    files = 0;
    bytes = 0;
  }

  void add(Node node) {
    byInode.merge(node.stat.inode(), List.of(node), TreeIndex::join);
    if (hasOtherUpper(node)) {
      byInode.merge(node.upper, List.of(node), TreeIndex::join);
    }
    count(node, 1);
  }

  private static boolean hasOtherUpper(Node node) {
    return node.upper != UpperDir.NONE && node.upper != node.stat.inode();
  }

  /** A node has another number in the upper layer from now on. */
  void setUpper(Node node, long upper) {
    if (node.upper != upper) {
      remove(node);
      node.upper = upper;
      add(node);
    }
  }

  private static List<Node> join(List<Node> a, List<Node> b) {
    List<Node> both = new ArrayList<>(a.size() + 1);
    both.addAll(a);
    both.addAll(b);
    return both;
  }

  /** Takes out one node; what is beneath it stays. */
  void remove(Node node) {
    remove(node.stat.inode(), node);
    if (hasOtherUpper(node)) {
      remove(node.upper, node);
    }
    count(node, -1);
  }

  private void remove(long number, Node node) {
    byInode.computeIfPresent(
        number,
        (inode, nodes) -> {
          List<Node> rest = new ArrayList<>(nodes);
          rest.remove(node);
          return rest.isEmpty() ? null : rest;
        });
  }

  private void count(Node node, int sign) {
    if (node.isFile()) {
      files += sign;
      bytes += sign * node.entry.size();
    }
  }

  /** Regular files known. */
  long files() {
    return files;
  }

  /** Sum of their lengths, in bytes. */
  long bytes() {
    return bytes;
  }
}
