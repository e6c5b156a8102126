package io.diffkeeper.bench;

import io.diffkeeper.keeper.KeeperStatus;
import io.diffkeeper.keeper.Keepers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** What capture takes itself: processors, memory, and the time until a write is durable. */
final class KeeperCost {
  private static final int LATENCIES = 60;
  private static final int FILES = 1000;
  private static final int SECONDS = 10;
  private static final double IDLE_PERCENT_MAX = 0.1;
  private static final double BUSY_PERCENT_MAX = 25;

  private final Keepers keepers;

  KeeperCost(Keepers keepers) {
    this.keepers = keepers;
  }

  /** Measures the newest keeper, whose container is the writer. */
  void run(WriteCost kept) throws IOException {
    kept.ask(-1);
    latency(kept);
    sleep(2 * SECONDS); // until the virtual machine has come to rest
    KeeperStatus before = status();
    sleep(SECONDS);
    KeeperStatus idle = status();
    for (int i = 0; i < SECONDS; i++) {
      long next = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
      kept.ask(-FILES);
      LockSupport.parkNanos(next - System.nanoTime());
    }
    KeeperStatus busy = status();
    System.out.printf(
        Locale.ROOT,
        "memory of the keeper (in the command line's process): %.1f MB, %d versions%n%n",
        busy.residentBytes() / 1e6,
        busy.versions());
    goal("idle-cpu", IDLE_PERCENT_MAX, percent(before, idle));
    goal("busy-cpu-1000-files-a-second", BUSY_PERCENT_MAX, percent(idle, busy));
  }

  private static void goal(String name, double most, double percent) {
    System.out.println(Goal.line(name, most, "% of a processor", percent, 2));
  }

  /** From a write to the version that has it. */
  private void latency(WriteCost kept) throws IOException {
    List<Double> millis = new ArrayList<>();
    for (int i = 0; i < LATENCIES; i++) {
      long version = status().version();
      long start = System.nanoTime();
      kept.ask(-1);
      while (status().version() == version) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
      }
      millis.add(Shell.millisSince(start));
    }
    millis.sort(null);
    System.out.printf(
        Locale.ROOT,
        "write to durable version: p50 %.0f ms, p99 %.0f ms (capture-delay is 100 ms)%n",
        StoreBench.median(millis),
        millis.get(LATENCIES * 99 / 100));
  }

  private KeeperStatus status() {
    List<KeeperStatus> all = keepers.status();
    return all.get(all.size() - 1);
  }

  private static double percent(KeeperStatus from, KeeperStatus to) {
    return 100.0 * (to.cpuMillis() - from.cpuMillis()) / (to.uptimeMillis() - from.uptimeMillis());
  }

  private static void sleep(int seconds) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (System.nanoTime() < end) {
      LockSupport.parkNanos(end - System.nanoTime());
    }
  }
}
