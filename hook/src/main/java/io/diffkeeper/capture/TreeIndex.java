package io.diffkeeper.capture;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The nodes of all state-dirs by inode number. Devices are not told apart: on overlayfs the
 * kernel's events and stat(2) name different ones, and a number that matches by chance costs one
 * look.
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
    count(node, 1);
  }

  private static List<Node> join(List<Node> a, List<Node> b) {
    List<Node> both = new ArrayList<>(a.size() + 1);
    both.addAll(a);
    both.addAll(b);
    return both;
  }

  /** Takes out one node; what is beneath it stays. */
  void remove(Node node) {
    byInode.computeIfPresent(
        node.stat.inode(),
        (inode, nodes) -> {
          List<Node> rest = new ArrayList<>(nodes);
          rest.remove(node);
          return rest.isEmpty() ? null : rest;
        });
    count(node, -1);
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
