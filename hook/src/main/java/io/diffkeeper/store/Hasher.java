package io.diffkeeper.store;

import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.tree.Digest;
import java.nio.ByteBuffer;
import java.util.List;

/** Computes digests. For one thread at a time. */
public interface Hasher {
  /**
   * The digest of the tag followed by the bytes.
   *
   * @param bytes a direct buffer; hashed from position to limit, neither of which is changed
   */
  Digest hash(byte tag, ByteBuffer bytes);

  /** Whether two at a time are faster than one after the other. */
  default boolean prefersPairs() {
    return false;
  }

  /**
   * The digests of the tag followed by one, and by two.
   *
   * @param one a direct buffer; hashed from position to limit, neither of which is changed
   * @param two the same; as many bytes
   */
  default List<Digest> hash(byte tag, ByteBuffer one, ByteBuffer two) {
    return List.of(hash(tag, one), hash(tag, two));
  }

  /** A hasher in Java. */
  static Hasher portable(HashAlgorithm algorithm) {
    return Hashers.portable(algorithm);
  }

  /** Makes hashers; replaced where a faster one is at hand. */
  interface Factory {
    Hasher create(HashAlgorithm algorithm);

    /** Makes what tells that bytes are the same; null where nothing is faster than a hasher. */
    default Fingerprinter fingerprinter() {
      return null;
    }
  }
}
