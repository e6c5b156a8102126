package io.diffkeeper.store;

import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.tree.Digest;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Computes digests. For one thread at a time. */
public interface Hasher {
  /**
   * The digest of the tag followed by the bytes.
   *
   * @param bytes a direct buffer; hashed from position to limit, neither of which is changed
   */
  Digest hash(byte tag, ByteBuffer bytes);

  /** How many at a time are hashed fastest. */
  default int together() {
    return 1;
  }

  /**
   * The digests of the tag followed by each of some bytes.
   *
   * @param all at most {@link #together} direct buffers, fastest if they have as many bytes each,
   *     or those that follow each other almost; hashed from position to limit, neither of which is
   *     changed
   */
  default List<Digest> hash(byte tag, List<ByteBuffer> all) {
    List<Digest> digests = new ArrayList<>(all.size());
    for (ByteBuffer bytes : all) {
      digests.add(hash(tag, bytes));
    }
    return digests;
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
