package io.diffkeeper.keeper;

import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.delta.DeltaCodecs;
import io.diffkeeper.delta.Differ;
import io.diffkeeper.delta.PlaneJoiner;
import io.diffkeeper.store.Fingerprinter;
import io.diffkeeper.store.Hasher;
import io.diffkeeper.store.Store;
import io.diffkeeper.sys.NativeBlake3;
import io.diffkeeper.sys.NativeDeltas;
import io.diffkeeper.sys.NativePlanes;
import io.diffkeeper.sys.NativePrint;
import io.diffkeeper.sys.NativeSha256;
import io.diffkeeper.sys.NativeSha256Lanes;
import io.diffkeeper.sys.NativeVectorPrint;
import io.diffkeeper.tree.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Digests in C, prints that are faster, words put together from planes, and what contents differ
 * in: BLAKE3, several SHA-256 at a time, planes and differences by libraries of ours, the others by
 * the host's libcrypto, where it has one.
 */
public final class NativeHashers {
  private static final Path BLAKE3 = library("blake3");
  private static final Path SHA256_LANES = library("sha256");
  private static final Path PLANES = library("planes");
  private static final Path DELTAS = library("deltas");
  private static final Path PRINT = library("print");

  private NativeHashers() {}

  private static Path library(String name) {
    return Home.path().resolve("native/libdiffkeeper-" + name + ".so").toAbsolutePath();
  }

  /** Has all stores of this process use them; what has no library stays as it is. */
  public static void use() {
    Store.hashWith(new Native());
    DeltaCodecs.use(NativeHashers::joiner, () -> differ(DELTAS));
  }

  /** The fastest hasher that this host has. */
  public static Hasher of(HashAlgorithm algorithm) {
    Hasher faster = algorithm == HashAlgorithm.SHA256 ? sha256() : blake3();
    return faster == null ? Hasher.portable(algorithm) : faster;
  }

  /** Whether this host computes it in C; else Java does, and takes longer. */
  public static boolean isNative(HashAlgorithm algorithm) {
    return (algorithm == HashAlgorithm.SHA256 ? sha256() : blake3()) != null;
  }

  private static PlaneJoiner joiner() {
    NativePlanes planes = NativePlanes.of(PLANES);
    return planes == null ? null : planes::join;
  }

  /** What finds differences by this library, for one thread; null if it cannot be loaded. */
  public static Differ differ(Path library) {
    NativeDeltas deltas = NativeDeltas.of(library);
    return deltas == null ? null : new Differences(deltas);
  }

  private static Hasher sha256() {
    return NativeSha256.isAvailable() ? new Sha256(new NativeSha256()) : null;
  }

  private static Hasher blake3() {
    NativeBlake3 digest = NativeBlake3.of(BLAKE3);
    return digest == null ? null : new Blake3(digest);
  }

  private static final class Native implements Hasher.Factory {
    @Override
    public Hasher create(HashAlgorithm algorithm) {
      return of(algorithm);
    }

    @Override
    public Fingerprinter fingerprinter() {
      try {
        NativeVectorPrint vectors = NativeVectorPrint.of(PRINT);
        if (vectors != null) {
          return vectors::print;
        }
        return NativePrint.isAvailable() ? new Print(new NativePrint()) : null;
      } catch (IOException noRandomNumbers) {
        return null; // everything is hashed then
      }
    }
  }

  private record Differences(NativeDeltas deltas) implements Differ {
    @Override
    public int runs(
        ByteBuffer base,
        ByteBuffer target,
        int gapMin,
        ByteBuffer gaps,
        ByteBuffer runs,
        ByteBuffer literals,
        ByteBuffer replaced) {
      return deltas.runs(base, target, gapMin, gaps, runs, literals, replaced);
    }

    @Override
    public void search(
        ByteBuffer base,
        ByteBuffer target,
        boolean near,
        ByteBuffer data,
        ByteBuffer instructions,
        ByteBuffer addresses) {
      deltas.search(base, target, near, data, instructions, addresses);
    }

    @Override
    public int overwritten(ByteBuffer base, ByteBuffer target) {
      return deltas.overwritten(base, target);
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

  /** What hashes several is loaded when it is first asked for: few small files need none. */
  private static final class Sha256 implements Hasher {
    private final NativeSha256 digest;
    private NativeSha256Lanes lanes;
    private boolean lanesLooked;

    Sha256(NativeSha256 digest) {
      this.digest = digest;
    }

    @Override
    public Digest hash(byte tag, ByteBuffer bytes) {
      return Digest.of(digest.digest(tag, bytes));
    }

    @Override
    public int together() {
      if (!lanesLooked) {
        lanes = NativeSha256Lanes.of(SHA256_LANES);
        lanesLooked = true;
      }
      return lanes == null ? 1 : lanes.together();
    }

    @Override
    public List<Digest> hash(byte tag, List<ByteBuffer> all) {
      if (all.size() == 1 || together() == 1 || !areLong(all)) {
        return Hasher.super.hash(tag, all);
      }
      byte[] digests = lanes.digests(tag, all);
      List<Digest> each = new ArrayList<>(all.size());
      for (int at = 0; at < digests.length; at += Digest.BYTES) {
        each.add(Digest.of(Arrays.copyOfRange(digests, at, at + Digest.BYTES)));
      }
      return each;
    }

    private static boolean areLong(List<ByteBuffer> all) {
      for (ByteBuffer bytes : all) {
        if (bytes.remaining() < NativeSha256Lanes.LENGTH_MIN) {
          return false;
        }
      }
      return true;
    }
  }

  private record Blake3(NativeBlake3 digest) implements Hasher {
    @Override
    public Digest hash(byte tag, ByteBuffer bytes) {
      return Digest.of(digest.digest(tag, bytes));
    }
  }
}
