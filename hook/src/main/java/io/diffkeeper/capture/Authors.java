package io.diffkeeper.capture;

import io.diffkeeper.bpf.Writer;
import io.diffkeeper.store.Author;
import io.diffkeeper.tree.Name;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Who has changed what since the last version, as far as the event source tells. Not thread-safe.
 */
final class Authors {
  /** Inodes that are told of before they are known; the oldest ones are forgotten beyond. */
  private static final int UNKNOWN_MAX = 1024;

  private final LiveTree tree;
  private final Map<Long, Author> unknown =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Author> eldest) {
          return size() > UNKNOWN_MAX;
        }
      };

  Authors(LiveTree tree) {
    this.tree = tree;
  }

  /** Somebody changed what a node is of. */
  void told(Node node, Writer writer) {
    if (writer != null) {
      node.author = author(writer);
    }
  }

  /** Somebody changed an inode that is not known, or not yet. */
  void told(long inode, Writer writer) {
    if (writer != null) {
      unknown.put(inode, author(writer));
    }
  }

  private static Author author(Writer writer) {
    return new Author(writer.pid(), writer.name(), writer.certain());
  }

  /**
   * A node is new in its directory.
   *
   * @param replaces whether it is under a name that there was before, so that to tell of the
   *     directory's list alone would not do
   */
  void created(Node node, boolean replaces) {
    Author author = unknown.remove(node.stat.inode());
    if (author == null) {
      author = unknown.remove(node.upper);
    }
    Author lister = null;
    for (Node above = node.parent; above != null && lister == null; above = above.parent) {
      lister = above.author;
    }
    if (author == null || author.equals(lister)) {
      author = replaces ? lister : null;
    }
    node.author = author;
  }

  /** A node is gone: whoever changed it last did that, and so changed its directory's list. */
  void removed(Node node) {
    if (node.author != null) {
      node.parent.author = node.author;
    }
  }

  /** The authors of nodes, by full path. */
  Map<Name, Author> of(Iterable<Node> nodes) {
    Map<Name, Author> authors = new HashMap<>();
    for (Node node : nodes) {
      if (node.author != null && !node.gone) {
        authors.put(tree.path(node), node.author);
      }
    }
    return authors;
  }

  /** All that these nodes have changed is in a version. */
  void committed(Iterable<Node> nodes) {
    nodes.forEach(node -> node.author = null);
    unknown.clear();
  }
}
