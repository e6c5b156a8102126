package io.diffkeeper.store;

import io.diffkeeper.tree.Digest;
import java.nio.ByteBuffer;

/** Computes digests. For one thread at a time. */
interface Hasher {
  /**
   * The digest of the tag followed by the bytes.
   *
   * @param bytes a direct buffer; hashed from position to limit, neither of which is changed
   */
  Digest hash(byte tag, ByteBuffer bytes);

  /** Makes hashers; replaced where a faster one is at hand. */
  interface Factory {
    Hasher create(HashAlgorithm algorithm);
  }
}
