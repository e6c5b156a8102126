package io.diffkeeper.delta;

/** The codecs there are; the code stands for one wherever deltas are stored. */
public enum DeltaMethod {
  /** {@link Sparse}. */
  SPARSE(1),
  /** {@link Planes}. */
  PLANES(2),
  /** {@link Prefix}. */
  ZSTD(3),
  /** {@link Bsdiff}. */
  BSDIFF(4),
  /** {@link Vcdiff}. */
  VCDIFF(5);

  private static final DeltaMethod[] ALL = values();

  private final int code;

  DeltaMethod(int code) {
    this.code = code;
  }

  /** From 1 to 15. */
  public int code() {
    return code;
  }

  /** The method with that code, or null. */
  public static DeltaMethod of(int code) {
    return code >= 1 && code <= ALL.length ? ALL[code - 1] : null;
  }
}
