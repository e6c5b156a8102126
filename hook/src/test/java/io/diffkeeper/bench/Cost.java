package io.diffkeeper.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import jnr.ffi.LibraryLoader;
import jnr.ffi.annotations.Out;

/**
 * What something took: time, and what the kernel accounted for the processes that did it. The same
 * fields of getrusage(2) for programs, all that they waited for included, and for this process, all
 * of its threads included.
 *
 * @param millis from its start to its end
 * @param cpuMillis of all processors
 * @param peakMegabytes resident memory of the largest process, mapped files included
 * @param writtenMegabytes handed to a block device or dirtied in its page cache
 */
record Cost(double millis, double cpuMillis, double peakMegabytes, double writtenMegabytes) {
  static final Cost NONE = new Cost(0, 0, 0, 0);

  private static final C LIBC = LibraryLoader.create(C.class).load("c");
  private static final int SELF = 0;
  private static final int LONGS = 18;
  private static final int MAX_RSS = 4;
  private static final int BLOCKS_OUT = 12;
  private static final double KILO = 1000;
  private static final double KIB_IN_MB = 1.024 / KILO;
  private static final double BLOCKS_IN_MB = 512 / KILO / KILO;

  /** libc. */
  public interface C {
    int getrusage(int who, @Out long[] usage);
  }

  /** One after the other. */
  Cost plus(Cost other) {
    return new Cost(
        millis + other.millis,
        cpuMillis + other.cpuMillis,
        Math.max(peakMegabytes, other.peakMegabytes),
        writtenMegabytes + other.writtenMegabytes);
  }

  /** The median of each figure. */
  static Cost median(List<Cost> costs) {
    return new Cost(
        median(costs, Cost::millis),
        median(costs, Cost::cpuMillis),
        median(costs, Cost::peakMegabytes),
        median(costs, Cost::writtenMegabytes));
  }

  private static double median(List<Cost> costs, ToDoubleFunction<Cost> figure) {
    return StoreBench.median(costs.stream().map(figure::applyAsDouble).toList());
  }

  /** Of what this process does from now on; its peak is forgotten. */
  static Running start() throws IOException {
    Files.writeString(Path.of("/proc/self/clear_refs"), "5");
    return new Running(usage(), System.nanoTime());
  }

  /** What {@code usage.c} wrote. */
  static Cost of(Path file) throws IOException {
    String[] words = Files.readString(file).strip().split(" ");
    return new Cost(
        Long.parseLong(words[0]) / KILO,
        Long.parseLong(words[1]) / KILO,
        Long.parseLong(words[2]) * KIB_IN_MB,
        Long.parseLong(words[3]) * BLOCKS_IN_MB);
  }

  private static long[] usage() {
    long[] usage = new long[LONGS];
    if (LIBC.getrusage(SELF, usage) != 0) {
      throw new IllegalStateException("getrusage");
    }
    return usage;
  }

  /** What is being measured. */
  static final class Running {
    private final long[] before;
    private final long startNanos;

    private Running(long[] before, long startNanos) {
      this.before = before;
      this.startNanos = startNanos;
    }

    Cost end() {
      double millis = (System.nanoTime() - startNanos) / (double) TimeUnit.MILLISECONDS.toNanos(1);
      long[] after = usage();
      return new Cost(
          millis,
          (micros(after) - micros(before)) / KILO,
          after[MAX_RSS] * KIB_IN_MB,
          (after[BLOCKS_OUT] - before[BLOCKS_OUT]) * BLOCKS_IN_MB);
    }

    /** User and system time, each of seconds and microseconds. */
    private static long micros(long[] usage) {
      return TimeUnit.SECONDS.toMicros(usage[0] + usage[2]) + usage[1] + usage[3];
    }
  }
}
