package io.diffkeeper.store;

/** How consistent a version is across its files. */
public enum Cut {
  /** Proven that nothing changed while it was read. */
  SETTLED,
  /** The container was frozen while it was read. */
  FROZEN,
  /** Files may be from different moments; each file may be a mix, too. */
  FUZZY,
  /** What a repair has left of it: the store had lost something. */
  DAMAGED;

  private static final Cut[] ALL = values();

  /** Whether it is a picture of one moment with everything in it. */
  public boolean isSound() {
    return this == SETTLED || this == FROZEN;
  }

  /** The cut with that ordinal, which is its code in the store, or null. */
  static Cut of(int code) {
    return code >= 0 && code < ALL.length ? ALL[code] : null;
  }
}
