package io.diffkeeper.keeper;

import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.store.Hasher;
import io.diffkeeper.store.Store;
import io.diffkeeper.sys.NativeSha256;
import io.diffkeeper.tree.Digest;
import java.nio.ByteBuffer;

/** Digests by the host's libcrypto, where it has one. */
public final class NativeHashers {
  private NativeHashers() {}

  /** Has all stores of this process use them; without the library changes nothing. */
  public static void use() {
    Store.hashWith(NativeHashers::of);
  }

  /** The fastest hasher that this host has. */
  public static Hasher of(HashAlgorithm algorithm) {
    return algorithm == HashAlgorithm.SHA256 && NativeSha256.isAvailable()
        ? new Sha256()
        : Hasher.portable(algorithm);
  }

  private static final class Sha256 implements Hasher {
    private final NativeSha256 digest = new NativeSha256();

    @Override
    public Digest hash(byte tag, ByteBuffer bytes) {
      return Digest.of(digest.digest(tag, bytes));
    }
  }
}
