package io.diffkeeper.history;

import java.util.Locale;

/** What happened to a path between two versions. */
public enum Operation {
  /** It was not there before. */
  CREATE,
  /** Its content, or a link's target, is another. */
  MODIFY,
  /** Owner, mode, time or extended attributes are others. */
  ATTRIBUTES,
  /** It was at another path before. */
  RENAME,
  /** It is of another type. */
  REPLACE,
  /** It is not there any more. */
  REMOVE;

  /** As people and programs see it: lower case. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
