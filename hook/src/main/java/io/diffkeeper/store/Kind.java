package io.diffkeeper.store;

/** What an object is; the code is the tag its digest starts with, so kinds cannot be confused. */
enum Kind {
  /** Up to 64 KiB of a file. */
  LEAF(Manifest.LEAF_BYTES),
  /** References to 512 leaves of a file. */
  BLOCK(Manifest.BLOCK_BYTES_MAX),
  /** A file's manifest. */
  FILE(Kind.BYTES_MAX),
  /** A directory. */
  DIRECTORY(Kind.BYTES_MAX),
  /** A version's top directory. */
  ROOT(Kind.BYTES_MAX);

  private static final int BYTES_MAX = 1 << 30;
  private static final Kind[] ALL = values();

  private final int bytesMax;

  Kind(int bytesMax) {
    this.bytesMax = bytesMax;
  }

  byte code() {
    return (byte) ordinal();
  }

  /** Longest plain form, in bytes. */
  int bytesMax() {
    return bytesMax;
  }

  /** The kind with that code, or null. */
  static Kind of(byte code) {
    return code >= 0 && code < ALL.length ? ALL[code] : null;
  }
}
