package io.diffkeeper.keeper;

import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.store.Fingerprinter;
import io.diffkeeper.store.Hasher;
import io.diffkeeper.store.Store;
import io.diffkeeper.sys.NativePrint;
import io.diffkeeper.sys.NativeSha256;
import io.diffkeeper.tree.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Digests, and prints that are faster, by the host's libcrypto, where it has one. */
public final class NativeHashers {
  private NativeHashers() {}

  /** Has all stores of this process use them; without the library changes nothing. */
  public static void use() {
    Store.hashWith(new Native());
  }

  /** The fastest hasher that this host has. */
  public static Hasher of(HashAlgorithm algorithm) {
    return algorithm == HashAlgorithm.SHA256 && NativeSha256.isAvailable()
        ? new Sha256()
        : Hasher.portable(algorithm);
  }

  private static final class Native implements Hasher.Factory {
    @Override
    public Hasher create(HashAlgorithm algorithm) {
      return of(algorithm);
    }

    @Override
    public Fingerprinter fingerprinter() {
      try {
        return NativePrint.isAvailable() ? new Print(new NativePrint()) : null;
      } catch (IOException noRandomNumbers) {
        return null; // everything is hashed then
      }
    }
  }

  private record Print(NativePrint print) implements Fingerprinter {
    @Override
    public void print(ByteBuffer bytes, long[] to, int at) {
      print.print(bytes, to, at);
    }

    @Override
    public void close() {
      print.close();
    }
  }

  private static final class Sha256 implements Hasher {
    private final NativeSha256 digest = new NativeSha256();

    @Override
    public Digest hash(byte tag, ByteBuffer bytes) {
      return Digest.of(digest.digest(tag, bytes));
    }
  }
}
