package io.diffkeeper.cli;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.store.Store;
import io.diffkeeper.store.VersionRef;
import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.FileType;
import io.diffkeeper.tree.Name;
import java.util.List;

/**
 * A version's tree, to find paths in.
 *
 * @param root digest of the directory of state-dirs
 */
record VersionTree(Store store, VersionRef.Found found, Digest root) {

  static VersionTree of(Store store, VersionRef.Found found) {
    return new VersionTree(store, found, found.root());
  }

  /** The state-dirs, named by their absolute paths. */
  List<Entry> stateDirs() {
    return store.directory(found.state(), root);
  }

  /** What is in a directory. */
  List<Entry> list(Entry directory) {
    return store.directory(found.state(), directory.content());
  }

  /**
   * The entry at a path as the container sees it.
   *
   * @throws DiffKeeperException (NOT_FOUND) if the version has none there
   */
  Entry entry(String path) {
    Name wanted = Name.of(path);
    for (Entry top : stateDirs()) {
      if (wanted.equals(top.name())) {
        return top;
      }
      int length = top.name().length();
      if (wanted.length() > length
          && wanted.prefix(length).equals(top.name())
          && wanted.at(length) == '/') {
        return beneath(top, wanted.suffix(length + 1), path);
      }
    }
    throw notFound(path);
  }

  private Entry beneath(Entry directory, Name relative, String path) {
    if (directory.type() != FileType.DIRECTORY) {
      throw notFound(path);
    }
    int slash = relative.firstSlash();
    Name component = slash < 0 ? relative : relative.prefix(slash);
    for (Entry entry : list(directory)) {
      if (entry.name().equals(component)) {
        return slash < 0 ? entry : beneath(entry, relative.suffix(slash + 1), path);
      }
    }
    throw notFound(path);
  }

  private DiffKeeperException notFound(String path) {
    return new DiffKeeperException(
        ExitCode.NOT_FOUND, found.state() + "@" + found.version().number() + " has no " + path);
  }
}
