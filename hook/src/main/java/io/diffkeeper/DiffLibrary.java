package io.diffkeeper;

/** The delta algorithm that changed pages are stored with. */
public enum DiffLibrary {
  /** Zstandard with the old pages as prefix, the default. */
  ZSTD,
  /** bsdiff: small files only, slow and small. */
  BSDIFF,
  /** VCDIFF, RFC 3284. */
  XDELTA
}
