package io.diffkeeper;

/** The digest algorithm of a state; recorded when the state is created. */
public enum HashAlgo {
  /** SHA-256, the default. */
  SHA256,
  /** BLAKE3 with 256 bits. */
  BLAKE3
}
