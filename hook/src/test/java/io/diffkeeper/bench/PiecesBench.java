package io.diffkeeper.bench;

import io.diffkeeper.DiffLibrary;
import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.delta.DeltaCodecs;
import io.diffkeeper.delta.DeltaMethod;
import io.diffkeeper.keeper.NativeHashers;
import io.diffkeeper.store.Hasher;
import io.diffkeeper.tree.Digest;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The pieces of capture and replay that only compute, by JMH. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
public class PiecesBench {
  private static final int MEGABYTE = 1 << 20;
  private static final int GROUP_BYTES = 512 << 10;
  private static final int TEN_MEGABYTES = 10 * MEGABYTE;
  private static final int LEAF_BYTES = 64 << 10;

  private final DeltaCodecs codecs = new DeltaCodecs();
  private final ByteBuffer before = ByteBuffer.allocateDirect(MEGABYTE);
  private final ByteBuffer after = ByteBuffer.allocateDirect(MEGABYTE);
  private final ByteBuffer delta = ByteBuffer.allocateDirect(2 * MEGABYTE);
  private final ByteBuffer large = ByteBuffer.allocateDirect(TEN_MEGABYTES);
  private final Hasher portable = Hasher.portable(HashAlgorithm.SHA256);
  private final Hasher portableBlake = Hasher.portable(HashAlgorithm.BLAKE3);
  private Hasher host;
  private Hasher blake;

  /** A megabyte of which a tenth in the middle is another. */
  @Setup
  public void fill() {
    Random random = new Random(1);
    byte[] bytes = new byte[MEGABYTE];
    random.nextBytes(bytes);
    before.put(0, bytes);
    after.put(0, bytes);
    byte[] tenth = new byte[MEGABYTE / 10];
    random.nextBytes(tenth);
    after.put(MEGABYTE / 2, tenth);
    for (int at = 0; at < TEN_MEGABYTES; at += MEGABYTE) {
      random.nextBytes(bytes);
      large.put(at, bytes);
    }
    host = NativeHashers.of(HashAlgorithm.SHA256);
    blake = NativeHashers.of(HashAlgorithm.BLAKE3);
  }

  /** As capture makes it: in groups, by whatever is smallest. */
  @Benchmark
  public int diffOfOneMegabyte() {
    int bytes = 0;
    for (int at = 0; at < MEGABYTE; at += GROUP_BYTES) {
      delta.clear();
      ByteBuffer old = before.slice(at, GROUP_BYTES);
      DeltaMethod method = codecs.diff(DiffLibrary.ZSTD, old, after.slice(at, GROUP_BYTES), delta);
      bytes += method == null ? GROUP_BYTES : delta.position();
    }
    return bytes;
  }

  @Benchmark
  public int diffOfOneMegabyteByBsdiff() {
    return by(DeltaMethod.BSDIFF);
  }

  @Benchmark
  public int diffOfOneMegabyteByVcdiff() {
    return by(DeltaMethod.VCDIFF);
  }

  private int by(DeltaMethod method) {
    delta.clear();
    codecs.codec(method).diff(before.slice(), after.slice(), delta);
    return delta.position();
  }

  @Benchmark
  public Digest hashTenMegabytesByTheHost() {
    return hash(host);
  }

  @Benchmark
  public Digest hashTenMegabytesInJava() {
    return hash(portable);
  }

  @Benchmark
  public Digest hashTenMegabytesByBlake3() {
    return hash(blake);
  }

  @Benchmark
  public Digest hashTenMegabytesByBlake3InJava() {
    return hash(portableBlake);
  }

  private Digest hash(Hasher hasher) {
    Digest last = null;
    for (int at = 0; at < TEN_MEGABYTES; at += LEAF_BYTES) {
      last = hasher.hash((byte) 0, large.slice(at, LEAF_BYTES));
    }
    return last;
  }
}
