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
    return entry(name(path));
  }

  /**
   * The name of what is at a path.
   *
   * @throws DiffKeeperException (NOT_FOUND) if the version has nothing there
   */
  Name name(String path) {
    for (Name name : PathArgument.names(path)) {
      if (entry(name) != null) {
        return name;
      }
    }
    throw new DiffKeeperException(
        ExitCode.NOT_FOUND, found.state() + "@" + found.version().number() + " has no " + path);
  }

  /** The entry at a path; null if there is none. */
  Entry entry(Name wanted) {
    for (Entry top : stateDirs()) {
      if (wanted.equals(top.name())) {
        return top;
      }
      int length = top.name().length();
      if (wanted.length() > length
          && wanted.prefix(length).equals(top.name())
          && wanted.at(length) == '/') {
        return beneath(top, wanted.suffix(length + 1));
      }
    }
    return null;
  }

  private Entry beneath(Entry directory, Name relative) {
    if (directory.type() != FileType.DIRECTORY) {
      return null;
    }
    int slash = relative.firstSlash();
    Name component = slash < 0 ? relative : relative.prefix(slash);
    for (Entry entry : list(directory)) {
      if (entry.name().equals(component)) {
        return slash < 0 ? entry : beneath(entry, relative.suffix(slash + 1));
      }
    }
    return null;
  }
}
