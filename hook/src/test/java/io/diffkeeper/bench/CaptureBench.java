package io.diffkeeper.bench;

import io.diffkeeper.bpf.BpfFiles;
import io.diffkeeper.bpf.EventSource;
import io.diffkeeper.bpf.EventSources;
import io.diffkeeper.bpf.EventTarget;
import io.diffkeeper.keeper.Keepers;
import io.diffkeeper.sys.Kernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * What capture costs whoever writes, and what it takes itself.
 *
 * <p>A round has a writer and a keeper of its own. The writer, which nobody keeps, is measured
 * without DiffKeeper (no program in the kernel, no watch), then beside a writer that the keeper
 * keeps, the two in turns of some milliseconds, then without DiffKeeper again. A round's figures
 * are differences to the mean of its two bases; rounds of all kinds take turns.
 */
public final class CaptureBench {
  private static final String BEST = "bpf-timestamps";
  private static final int KEPT_NANOS_MAX = 20;
  private static final int OVERLAY_NANOS_MAX = 150;
  private static final double NOISE_NANOS_MIN = 10;
  private static final double NOISE_SHARE = 0.03;
  private static final int CONTAINERS = 100;
  private static final int TURNS = 3;
  private static final List<Integer> BYTES = List.of(64, 4096);

  /** Of what is only there for reference there are fewer rounds. */
  private static final int ROUNDS_FOR_ONE = 3;

  private final Path scratch;
  private final Path dist;
  private final int rounds;
  private final Differences figures = new Differences();
  private final List<String> goals = new ArrayList<>();
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
    CaptureBench bench =
        new CaptureBench(Path.of(args[0]), Path.of(args[1]), Integer.parseInt(args[2]));
    for (String mount : Arrays.asList(args).subList(3, args.length)) {
      bench.writes(Path.of(mount));
    }
    try (WriteCost kept = bench.kept(Path.of(args[3]), BEST)) {
      new KeeperCost(new Keepers(new Kernel(), bench.scratch.resolve("run"))).run(kept);
    }
    bench.goals.forEach(System.out::println);
    bench.programs.tellOthers();
    System.exit(0);
  }

  private void writes(Path mount) throws Exception {
    String kind = mount.getFileName().toString();
    for (int i = 0; i < rounds; i++) {
      round(mount, BEST, BEST, BYTES);
      if (i % ROUNDS_FOR_ONE == 0) {
        round(mount, "fanotify", "fanotify", BYTES);
        round(mount, "inotify", "inotify", BYTES);
      }
      List<EventSource> others = others();
      try {
        round(mount, BEST, "of 100", BYTES.subList(0, 1));
      } finally {
        closeAll(others);
      }
    }
    figures.print(kind + " ", kind + ": nanoseconds a write takes, and what is added", "ns");
    double most = kind.startsWith("overlay") ? OVERLAY_NANOS_MAX : KEPT_NANOS_MAX;
    double noise = Math.max(NOISE_NANOS_MIN, NOISE_SHARE * figures.median(kind + " 64 base"));
    goal(kind, "kept", most, BEST);
    goal(kind, "outside", noise, BEST);
    goal(kind, "kept-of-100", most, "of 100");
    goal(kind, "outside-of-100", noise, "of 100");
  }

  private void goal(String kind, String name, double most, String label) {
    double ours =
        figures.median(kind + " 64 " + label + (name.startsWith("kept") ? " kept" : " outside"));
    goals.add(Goal.line(kind + "-" + name, most, "ns a write", ours, 1));
  }

  /** One keeper's. */
  private void round(Path mount, String source, String label, List<Integer> sizes)
      throws Exception {
    String kind = mount.getFileName().toString();
    Path file = Files.createTempDirectory(mount, "outside").resolve("file");
    try (WriteCost free =
        new WriteCost(List.of(scratch.resolve("writecost").toString(), file.toString()))) {
      programs.detach();
      List<Double> before = base(free, sizes);
      List<Double> keptNanos = new ArrayList<>();
      List<Double> freeNanos = new ArrayList<>();
      try (WriteCost kept = kept(mount, source)) {
        kept.ask(BYTES.get(0));
        for (int bytes : sizes) {
          List<List<Double>> both = inTurns(List.of(kept, free), bytes);
          keptNanos.add(StoreBench.median(both.get(0)));
          freeNanos.add(StoreBench.median(both.get(1)));
        }
      }
      programs.detach();
      List<Double> after = base(free, sizes);
      for (int i = 0; i < sizes.size(); i++) {
        String what = kind + " " + sizes.get(i) + " ";
        double base = (before.get(i) + after.get(i)) / 2;
        figures.note(what + "base", base);
        figures.note(what + label + " kept", keptNanos.get(i) - base);
        figures.note(what + label + " outside", freeNanos.get(i) - base);
      }
    }
  }

  private static List<Double> base(WriteCost free, List<Integer> sizes) throws IOException {
    free.ask(BYTES.get(0)); // warm again
    List<Double> nanos = new ArrayList<>();
    for (int bytes : sizes) {
      nanos.add(StoreBench.median(inTurns(List.of(free), bytes).get(0)));
    }
    return nanos;
  }

  private static List<List<Double>> inTurns(List<WriteCost> writers, int bytes) throws IOException {
    List<List<Double>> nanos = writers.stream().<List<Double>>map(w -> new ArrayList<>()).toList();
    for (int turn = 0; turn < TURNS; turn++) {
      for (int i = 0; i < writers.size(); i++) {
        nanos.get(i).add(writers.get(i).ask(bytes));
      }
    }
    return nanos;
  }

  /** All but one of a hundred containers that this host keeps. */
  private List<EventSource> others() {
    List<EventSource> others = new ArrayList<>();
    for (int i = 1; i < CONTAINERS; i++) {
      BpfFiles files = new BpfFiles(dist.resolve("lib/diffkeeper/bpf"), null);
      EventTarget other = new EventTarget(1_000_000_000L + i, 0);
      others.add(EventSources.open(files, other, BEST::equals, rung -> {}));
    }
    return others;
  }

  /** At once: the kernel has each wait for a grace period. */
  private static void closeAll(List<EventSource> sources) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(sources.size());
    try {
      List<Future<?>> closing = new ArrayList<>();
      sources.forEach(source -> closing.add(threads.submit(source::close)));
      for (Future<?> one : closing) {
        one.get();
      }
    } finally {
      threads.shutdown();
    }
  }

  /** Kept when it answers: its keeper is a command line's. */
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
}
