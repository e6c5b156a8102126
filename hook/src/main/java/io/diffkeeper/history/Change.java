package io.diffkeeper.history;

import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.FileType;
import io.diffkeeper.tree.Name;

/**
 * One difference between two trees. A directory that was created or removed is followed by
 * everything in it; one that was renamed stands for everything in it.
 *
 * @param operation what happened
 * @param path where, as the container sees it; after a rename the new path
 * @param from for a rename the old path; else null
 * @param before what was at {@code path} before; null if nothing was
 * @param after what is there now; null if nothing is
 */
public record Change(Operation operation, Name path, Name from, Entry before, Entry after) {

  /** Whether this is a regular file, before or after. */
  public boolean isFile() {
    Entry entry = after == null ? before : after;
    return entry.type() == FileType.FILE;
  }

  /** Its length in bytes now; 0 if it is no regular file now. */
  public long size() {
    return after == null ? 0 : after.size();
  }

  /** Whether the change concerns a path, or what is beneath it, before or after. */
  public boolean touches(Name wanted) {
    return Paths.within(path, wanted) || (from != null && Paths.within(from, wanted));
  }
}
