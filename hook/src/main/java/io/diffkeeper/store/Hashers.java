package io.diffkeeper.store;

import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.tree.Digest;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.apache.commons.codec.digest.Blake3;

/** Where hashers come from. */
final class Hashers {
  private static volatile Hasher.Factory factory = Hashers::portable;

  private Hashers() {}

  /** Replaces the portable hashers for all stores of the process. */
  static void use(Hasher.Factory faster) {
    factory = faster;
  }

  static Hasher create(HashAlgorithm algorithm) {
    return factory.create(algorithm);
  }

  /** What tells that bytes are the same; null where nothing is faster than a hasher. */
  static Fingerprinter fingerprinter() {
    return factory.fingerprinter();
  }

  /** A hasher in Java. */
  static Hasher portable(HashAlgorithm algorithm) {
    return algorithm == HashAlgorithm.SHA256 ? new Sha256() : new Blake();
  }

  private static final class Sha256 implements Hasher {
    private final MessageDigest digest;

    Sha256() {
      try {
        digest = MessageDigest.getInstance("SHA-256");
      } catch (NoSuchAlgorithmException impossible) {
        throw new IllegalStateException(impossible); // every Java platform has it
      }
    }

    @Override
    public Digest hash(byte tag, ByteBuffer bytes) {
      digest.update(tag);
      digest.update(bytes.duplicate());
      return Digest.of(digest.digest());
    }
  }

  private static final class Blake implements Hasher {
    private final Blake3 blake = Blake3.initHash();
    private final byte[] step = new byte[8192];

    @Override
    public Digest hash(byte tag, ByteBuffer bytes) {
      blake.reset();
      step[0] = tag;
      blake.update(step, 0, 1);
      ByteBuffer rest = bytes.duplicate();
      while (rest.hasRemaining()) {
        int n = Math.min(step.length, rest.remaining());
        rest.get(step, 0, n);
        blake.update(step, 0, n);
      }
      return Digest.of(blake.doFinalize(Digest.BYTES));
    }
  }
}
