package io.diffkeeper.history;

import io.diffkeeper.tree.Name;
import java.util.Arrays;

/** Absolute paths as bytes. */
final class Paths {
  private Paths() {}

  /** Whether a path is another one, or beneath it. */
  static boolean within(Name path, Name top) {
    int length = top.length();
    return path.length() >= length
        && path.prefix(length).equals(top)
        && (path.length() == length || path.at(length) == '/');
  }

  /** The path that {@code path}, within {@code from}, has once that is called {@code to}. */
  static Name moved(Name path, Name from, Name to) {
    return path.length() == from.length() ? to : to.resolve(path.suffix(from.length() + 1));
  }

  /** A path that is ordered behind everything beneath {@code path}. */
  static Name behind(Name path) {
    byte[] bytes = Arrays.copyOf(path.toBytes(), path.length() + 1);
    bytes[path.length()] = '/' + 1;
    return Name.of(bytes);
  }

  /** The directory that holds a path; null for a top one. */
  static Name parent(Name path) {
    int slash = path.lastSlashBefore(path.length());
    return slash <= 0 ? null : path.prefix(slash);
  }

  /** The last component. */
  static Name last(Name path) {
    return path.suffix(path.lastSlashBefore(path.length()) + 1);
  }
}
