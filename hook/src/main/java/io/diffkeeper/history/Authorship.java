package io.diffkeeper.history;

import io.diffkeeper.store.Author;
import io.diffkeeper.store.Version;
import io.diffkeeper.tree.Name;
import java.util.Map;

/** Tells which process made a change. */
final class Authorship {
  private Authorship() {}

  /**
   * The process that made a change which is new in a version, or null if that is not known. Of what
   * came, went or was renamed it may be whoever changed the directory's list last.
   *
   * @param before number of the version that the change was computed from; unless it is this one's
   *     parent, the change may be older than what this one knows
   */
  static Author of(Change change, Version version, long before) {
    if (version.parent() != before) {
      return null;
    }
    Map<Name, Author> authors = version.provenance().authors();
    Author author = authors.get(change.path());
    boolean listed =
        switch (change.operation()) {
          case CREATE, REMOVE, RENAME, REPLACE -> true;
          case MODIFY, ATTRIBUTES -> false;
        };
    if (listed) {
      for (Name at = Paths.parent(change.path());
          author == null && at != null;
          at = Paths.parent(at)) {
        author = authors.get(at);
      }
    }
    return author;
  }
}
