package io.diffkeeper.history;

import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.FileType;
import io.diffkeeper.tree.Name;

/**
 * What two trees have at one path, where that is not the same.
 *
 * @param before null if it came
 * @param after null if it went
 */
record Difference(Name path, Entry before, Entry after) {
  boolean went() {
    return after == null;
  }

  boolean came() {
    return before == null;
  }

  boolean isOfOneType() {
    return before != null && after != null && before.type() == after.type();
  }

  /** Whether something is there that was not before, which may have been elsewhere. */
  boolean isNew() {
    return came() || (isOfOneType() && !isDirectory() && !before.sameContent(after));
  }

  /** Whether it is a directory now, or was one before it went. */
  boolean isDirectory() {
    return (after == null ? before : after).type() == FileType.DIRECTORY;
  }
}
