package io.diffkeeper.bench;

import io.diffkeeper.Retention;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** 10,000 versions of A1, of which the last 20 are kept: the store's file stays small. */
final class SteadyLoad {
  private static final int VERSIONS = 10_000;
  private static final int KEPT = 20;
  private static final int COLLECT_EVERY = 50;

  private final Path scratch;
  private final List<String> goals;

  SteadyLoad(Path scratch, List<String> goals) {
    this.scratch = scratch;
    this.goals = goals;
  }

  void run() throws Exception {
    Workload workload = OneFile.contiguous();
    Path live = Files.createDirectory(scratch.resolve("live"));
    Retention retention = new Retention(KEPT, Duration.ZERO, 0, 0, 0);
    List<Double> captures = new ArrayList<>();
    long largest = 0;
    long stored;
    try (Ours ours = new Ours(scratch.resolve("ours"))) {
      workload.make(live);
      ours.capture(live, 1, List.of());
      for (int version = 2; version <= VERSIONS; version++) {
        captures.add(ours.capture(live, version, workload.change(live, version)).millis());
        if (version % COLLECT_EVERY == 0) {
          ours.store().forget(ours.state(), retention, Instant.now());
          ours.store().collect(false);
          largest = Math.max(largest, ours.storedBytes());
        }
      }
      stored = ours.store().stats(List.of(ours.state()), total -> {}).get(0).stored();
      if (!ours.store().verify(null).ok()) {
        throw new IllegalStateException("the store does not verify");
      }
    }
    double ratio = (double) largest / stored;
    System.out.printf(
        Locale.ROOT,
        "%d versions of A1, %d kept: file %.1f MB, in use %.1f MB; capture %.1f ms%n%n",
        VERSIONS,
        KEPT,
        largest / 1e6,
        stored / 1e6,
        StoreBench.median(captures));
    goals.add(Goal.line("store-steady-file", 3, "x live", Map.of("ours", ratio)));
    Shell.remove(live);
    Shell.remove(scratch.resolve("ours"));
  }
}
