package io.diffkeeper.bench;

import io.diffkeeper.bpf.BpfFiles;
import io.diffkeeper.bpf.EventSource;
import io.diffkeeper.bpf.EventSources;
import io.diffkeeper.bpf.EventTarget;
import io.diffkeeper.keeper.KeeperStatus;
import io.diffkeeper.keeper.Keepers;
import io.diffkeeper.sys.Kernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * What capture costs whoever writes, and what it takes itself. A writer that nobody keeps is
 * measured with no keeper there and no program in the kernel; then, with one keeper after the
 * other, a writer that is kept and again the one that is not, and once more with nothing there.
 * Figures are medians of differences to the mean of the two measurements without DiffKeeper.
 */
public final class CaptureBench {
  private static final int KEPT_NANOS_MAX = 20;
  private static final int OVERLAY_NANOS_MAX = 150;
  private static final double NOISE_SHARE = 0.03;
  private static final int CONTAINERS = 100;
  private static final int LATENCIES = 60;
  private static final int FILES = 1000;
  private static final int SECONDS = 10;

  private final Path scratch;
  private final Path dist;
  private final int rounds;
  private final Map<String, List<Double>> samples = new LinkedHashMap<>();
  private final PinnedPrograms programs = new PinnedPrograms();

  private CaptureBench(Path scratch, Path dist, int rounds) throws IOException {
    this.scratch = scratch;
    this.dist = dist;
    this.rounds = rounds;
  }

  /**
   * Measures.
   *
   * @param args scratch folder, target/dist, number of rounds, then mounted file systems, each in a
   *     folder named by its kind
   */
  public static void main(String[] args) throws Exception {
    CaptureBench bench = new CaptureBench(Path.of(args[0]), Path.of(args[1]), number(args[2]));
    for (String mount : Arrays.asList(args).subList(3, args.length)) {
      bench.writes(Path.of(mount));
    }
    bench.own(Path.of(args[3]));
    bench.programs.tellOthers();
    System.exit(0);
  }

  private static int number(String text) {
    return Integer.parseInt(text);
  }

  // --- what a write costs ------------------------------------------------------------------------

  private void writes(Path mount) throws Exception {
    String kind = mount.getFileName().toString();
    Path outside = mount.resolve("outside");
    try (WriteCost free =
        new WriteCost(List.of(scratch.resolve("writecost").toString(), outside + ""))) {
      free.ask(64);
      for (int round = 0; round < rounds; round++) {
        for (int bytes : new int[] {64, 4096}) {
          String what = kind + " " + bytes + " ";
          double before = base(free, bytes);
          for (String source : List.of("bpf-timestamps", "fanotify", "inotify")) {
            double keptNanos;
            double outsideNanos;
            try (WriteCost kept = kept(mount, source)) {
              kept.ask(64);
              keptNanos = kept.ask(bytes);
              outsideNanos = free.ask(bytes);
            }
            double after = base(free, bytes);
            double base = (before + after) / 2;
            note(what + "base", base);
            note(what + source + " kept", keptNanos - base);
            note(what + source + " outside", outsideNanos - base);
            before = after;
          }
        }
      }
      hundred(kind, mount, free);
    }
    report(kind);
  }

  /** Without DiffKeeper: what keepers leave in the kernel for the next one is taken out, too. */
  private double base(WriteCost free, int bytes) throws IOException {
    programs.detach();
    return free.ask(bytes);
  }

  /** With a hundred other containers kept by the same host. */
  private void hundred(String kind, Path mount, WriteCost free) throws Exception {
    List<EventSource> others = new ArrayList<>();
    List<Double> keptNanos = new ArrayList<>();
    List<Double> outsideNanos = new ArrayList<>();
    double before = median(bases(free));
    try {
      for (int i = 0; i < CONTAINERS; i++) {
        EventTarget other = new EventTarget(1_000_000_000L + i, 0);
        others.add(
            EventSources.open(
                new BpfFiles(dist.resolve("lib/diffkeeper/bpf"), null),
                other,
                n -> true,
                rung -> {}));
      }
      try (WriteCost kept = kept(mount, "bpf-timestamps")) {
        kept.ask(64);
        for (int round = 0; round < rounds; round++) {
          keptNanos.add(kept.ask(64));
          outsideNanos.add(free.ask(64));
        }
      }
    } finally {
      others.forEach(EventSource::close);
    }
    double base = (before + median(bases(free))) / 2;
    keptNanos.forEach(nanos -> note(kind + " hundred kept", nanos - base));
    outsideNanos.forEach(nanos -> note(kind + " hundred outside", nanos - base));
  }

  private List<Double> bases(WriteCost free) throws IOException {
    List<Double> nanos = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      nanos.add(base(free, 64));
    }
    return nanos;
  }

  private WriteCost kept(Path mount, String source) throws IOException {
    Path directory = Files.createTempDirectory(mount, "kept");
    return new WriteCost(
        List.of(
            dist.resolve("bin/diffkeeper").toString(),
            "run",
            "--config",
            configuration(source).toString(),
            "--name",
            directory.getFileName().toString(),
            "--state-dir",
            directory.toString(),
            "--",
            scratch.resolve("writecost").toString(),
            directory.resolve("file").toString()));
  }

  private Path configuration(String source) throws IOException {
    return Files.write(
        scratch.resolve(source + ".toml"),
        List.of(
            "store = \"" + scratch.resolve("store") + "\"",
            "run-dir = \"" + scratch.resolve("run") + "\"",
            "spares = 0",
            "event-source = \"" + source + "\""));
  }

  private void note(String what, double nanos) {
    samples.computeIfAbsent(what, fresh -> new ArrayList<>()).add(nanos);
  }

  private double median(String what) {
    return median(samples.get(what));
  }

  private static double median(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(d -> d).sorted().toArray();
    return sorted[sorted.length / 2];
  }

  private void report(String kind) {
    samples.keySet().stream()
        .filter(what -> what.startsWith(kind + " "))
        .forEach(what -> System.out.printf("%-40s %8.1f ns%n", what, median(what)));
    int most = kind.equals("overlay") ? OVERLAY_NANOS_MAX : KEPT_NANOS_MAX;
    double noise = Math.max(KEPT_NANOS_MAX / 2.0, NOISE_SHARE * median(kind + " 64 base"));
    goal(kind + "-kept", most, median(kind + " 64 bpf-timestamps kept"), "ns a write");
    goal(kind + "-outside", noise, median(kind + " 64 bpf-timestamps outside"), "ns a write");
    goal(kind + "-kept-of-100", most, median(kind + " hundred kept"), "ns a write");
    goal(kind + "-outside-of-100", noise, median(kind + " hundred outside"), "ns a write");
  }

  private static void goal(String name, double most, double ours, String unit) {
    System.out.printf(
        "goal %s: <= %.2f %s | ours %.2f %s | %s%n",
        name, most, unit, ours, unit, ours <= most ? "met" : "missed");
  }

  // --- what capture takes itself -----------------------------------------------------------------

  private void own(Path mount) throws Exception {
    Keepers keepers = new Keepers(new Kernel(), scratch.resolve("run"));
    try (WriteCost kept = kept(mount, "bpf-timestamps")) {
      kept.ask(-1);
      latency(kept, keepers);
      sleep(2 * SECONDS); // until the virtual machine has come to rest
      KeeperStatus before = status(keepers);
      sleep(SECONDS);
      KeeperStatus idle = status(keepers);
      goal("idle-cpu", 0.1, percent(before, idle), "% of a processor");
      for (int i = 0; i < SECONDS; i++) {
        long next = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
        kept.ask(-FILES);
        LockSupport.parkNanos(next - System.nanoTime());
      }
      KeeperStatus busy = status(keepers);
      goal("busy-cpu-1000-files-a-second", 25, percent(idle, busy), "% of a processor");
      System.out.printf(
          "memory of the keeper (in the command line's process): %.1f MB, %d versions%n",
          busy.residentBytes() / 1e6, busy.versions());
    }
  }

  /** From a write to the version that has it. */
  private void latency(WriteCost kept, Keepers keepers) throws IOException {
    List<Double> millis = new ArrayList<>();
    for (int i = 0; i < LATENCIES; i++) {
      long version = status(keepers).version();
      long start = System.nanoTime();
      kept.ask(-1);
      while (status(keepers).version() == version) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
      }
      millis.add((System.nanoTime() - start) / 1e6);
    }
    millis.sort(null);
    System.out.printf(
        "write to durable version: p50 %.0f ms, p99 %.0f ms (capture-delay is 100 ms)%n",
        median(millis), millis.get(LATENCIES * 99 / 100));
  }

  private static KeeperStatus status(Keepers keepers) {
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
