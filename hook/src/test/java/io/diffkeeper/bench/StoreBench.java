package io.diffkeeper.bench;

import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.keeper.NativeHashers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/**
 * What versions take, what it costs to make them, and what to restore them: ours, and other tools'
 * in the same run. Each version of ours is restored and compared by SHA-256, and of others the
 * first one and those that were measured; captures and restores of the newest version take turns,
 * and their figures are medians.
 */
public final class StoreBench {
  private static final int ROUNDS = 7;
  private static final int ROUNDS_LARGE = 5;
  private static final long LARGE_BYTES = 32 << 20;

  private static final int PAGE_BYTES = 4096;
  private static final int META_PAGES = 2;

  /** Others' restores that have taken so long in all are enough of them. */
  private static final double RESTORES_MILLIS_MAX = 2000;

  private static final int THREADS_EACH = 2;

  /** Of others, about as many versions are measured, at most every other one; see below. */
  private static final int VERSIONS_MEASURED = 6;

  /** With so few runs the JVM has compiled what a warm keeper has. */
  private static final int WARM_UPS = 3;

  /** Among the names of workloads: without the other tools. */
  private static final String ALONE = "alone";

  private static final String SMALL = "small";
  private static final String STEADY = "steady";

  private final Path scratch;
  private final boolean alone;
  private final List<String> goals = new ArrayList<>();

  private StoreBench(Path scratch, boolean alone) {
    this.scratch = scratch;
    this.alone = alone;
  }

  /**
   * Arguments: an empty folder on the file system to measure on; names of workloads, or none;
   * alone.
   */
  public static void main(String[] args) throws Exception {
    NativeHashers.use();
    Set<String> chosen = new TreeSet<>(List.of(args).subList(1, args.length));
    StoreBench bench = new StoreBench(Path.of(args[0]), chosen.remove(ALONE));
    bench.check(chosen);
    bench.warmUp();
    for (Workload workload : bench.workloads()) {
      if (chosen.isEmpty() || chosen.contains(workload.name())) {
        bench.run(workload);
      }
    }
    if (chosen.isEmpty() || chosen.contains(SMALL)) {
      new SmallCases(bench.scratch, bench.goals).run();
    }
    if (chosen.isEmpty() || chosen.contains(STEADY)) {
      new SteadyLoad(bench.scratch, bench.goals).run();
    }
    bench.goals.forEach(System.out::println);
  }

  private void check(Set<String> chosen) {
    Set<String> unknown = new TreeSet<>(chosen);
    unknown.removeAll(List.of(SMALL, STEADY));
    workloads().forEach(workload -> unknown.remove(workload.name()));
    if (!unknown.isEmpty()) {
      System.err.println("bench-store: no workload " + String.join(", ", unknown));
      System.exit(2);
    }
  }

  private List<Workload> workloads() {
    return List.of(
        OneFile.pattern(),
        OneFile.contiguous(),
        OneFile.scattered(),
        OneFile.everyByte(),
        new Database(scratch),
        new Documents(),
        new Modules(),
        new Tensors());
  }

  /** As a keeper that was a spare: what it does has been done before. */
  private void warmUp() throws Exception {
    for (int i = 0; i < WARM_UPS; i++) {
      for (Workload workload : List.of(OneFile.scattered(), new Documents())) {
        Path live = Files.createDirectory(scratch.resolve("live"));
        try (Ours ours = new Ours(scratch.resolve("ours"))) {
          workload.make(live);
          ours.capture(live, 1, List.of());
          for (int version = 2; version <= workload.versions(); version++) {
            ours.capture(live, version, workload.change(live, version));
          }
          ours.restore(1, Files.createDirectory(scratch.resolve("restored")));
        }
        for (String used : List.of("live", "ours", "restored")) {
          Shell.remove(scratch.resolve(used));
        }
      }
    }
  }

  private void run(Workload workload) throws Exception {
    long start = System.nanoTime();
    Path live = Files.createDirectory(scratch.resolve("live"));
    Map<Tool, Figures> tools = new LinkedHashMap<>();
    try (Ours ours = new Ours(scratch.resolve("ours"));
        Ours blake3 = new Ours(scratch.resolve("blake3"), HashAlgorithm.BLAKE3)) {
      tools.put(ours, new Figures());
      tools.put(blake3, new Figures());
      if (!alone) {
        tools.put(new OursByCommand(scratch.resolve("peers"), dist()), new Figures());
        Peers.all(scratch.resolve("peers")).forEach(peer -> tools.put(peer, new Figures()));
      }
      List<String> digests = new ArrayList<>();
      long copies = capture(workload, live, tools, digests);
      for (Map.Entry<Tool, Figures> tool : tools.entrySet()) {
        tool.getValue().stored = 100.0 * tool.getKey().storedBytes() / copies;
      }
      double captured = Shell.millisSince(start);
      Figures now = tools.get(ours);
      double raw = now.stored;
      long bytes = Shell.bytes(live);
      double loose = restoreLatest(ours, workload, digests, bytes);
      double collectMillis = checkAll(tools, digests).get(ours);
      now.stored = 100.0 * ours.storedBytes() / copies;
      tools.get(blake3).stored = 100.0 * blake3.storedBytes() / copies;
      double checked = Shell.millisSince(start);
      Cost copy = compare(tools, workload, live, digests);
      List<Cost> beside = new ArrayList<>();
      Cost least = least(live, bytes, beside);
      Report report = new Report(workload, tools, copy, bytes);
      report.print();
      goals.addAll(
          report.goals(
              raw, leastStored(workload, copies), least.millis() / Cost.median(beside).millis()));
      System.out.printf(
          Locale.ROOT,
          "  ours before the collection: %.3f %% stored, restored in %.1f ms;"
              + " collected in %.0f ms of a processor%n"
              + "  the least work of a verified restore: %.1f ms, CPU %.1f ms%n"
              + "  took %.0f s: versions %.0f, collected, restored and checked %.0f,"
              + " restores %.0f%n%n",
          raw,
          loose,
          collectMillis,
          least.millis(),
          least.cpuMillis(),
          Shell.millisSince(start) / 1e3,
          captured / 1e3,
          (checked - captured) / 1e3,
          (Shell.millisSince(start) - checked) / 1e3);
    }
    Shell.remove(live);
    Shell.remove(scratch.resolve("ours"));
    Shell.remove(scratch.resolve("blake3"));
    if (!alone) {
      Shell.remove(scratch.resolve("peers"));
    }
  }

  /** It runs in the keeper's folder. */
  private static Path dist() {
    return Path.of("../..").toAbsolutePath().normalize();
  }

  /**
   * Makes and captures all versions; gives the bytes that copies of all would take. Ours is
   * measured at each. Others' are at some, and make the rest all at once: it is only there for what
   * follows.
   */
  private long capture(Workload workload, Path live, Map<Tool, Figures> tools, List<String> digests)
      throws Exception {
    workload.make(live);
    List<Path> changed = List.of();
    List<Tool> turns = new ArrayList<>(tools.keySet());
    Tool ours = turns.get(0);
    long copies = 0;
    for (int version = 1; version <= workload.versions(); version++) {
      if (version > 1) {
        changed = workload.change(live, version);
      }
      digests.add(Shell.sha256(live));
      copies += Shell.bytes(live);
      boolean all = isMeasured(version, workload.versions());
      for (Tool tool : all ? turns : List.of(ours)) {
        Shell.run("sync -f '" + live + "'"); // what others wrote is not ours to wait for
        Cost cost = tool.capture(live, version, changed);
        if (version > 1) {
          tools.get(tool).captures.add(cost);
        }
      }
      if (!all) {
        int number = version;
        List<Path> these = changed;
        atOnce(
            turns.stream().filter(tool -> tool != ours).toList(),
            tool -> tool.capture(live, number, these));
      }
      Collections.rotate(turns, 1);
    }
    return copies;
  }

  private static boolean isMeasured(int version, int versions) {
    return version % Math.max(2, versions / VERSIONS_MEASURED) == 0;
  }

  /**
   * Has all make small what they store, and restores versions. Nothing is measured but the chains'
   * newest version, as they make it from all the others: they come last, each by itself.
   *
   * @return milliseconds of a processor that making it small took
   */
  private Map<Tool, Double> checkAll(Map<Tool, Figures> tools, List<String> digests)
      throws Exception {
    Map<Tool, Double> collected = new ConcurrentHashMap<>();
    atOnce(
        tools.keySet().stream().filter(tool -> !tool.isChain()).toList(),
        tool -> {
          collected.put(tool, tool.compact());
          restoreAll(tool, digests);
        });
    for (Map.Entry<Tool, Figures> tool : tools.entrySet()) {
      if (tool.getKey().isChain()) {
        tool.getValue().restores.add(restoreAll(tool.getKey(), digests));
      }
    }
    return collected;
  }

  private Cost restoreAll(Tool tool, List<String> digests) throws Exception {
    int newest = digests.size();
    boolean all = tool instanceof Ours;
    List<Integer> versions =
        IntStream.rangeClosed(1, newest)
            .filter(v -> all || v == 1 || v == newest || isMeasured(v, newest))
            .boxed()
            .toList();
    return tool.restoreAll(
        versions,
        Files.createTempDirectory(scratch, "all").resolve("restored"),
        (version, tree) -> check(tool, tree, digests.get(version - 1)));
  }

  /** What is done with a tool. */
  private interface Work {
    void with(Tool tool) throws Exception;
  }

  /** On all processors; some wait more than they work. */
  private static void atOnce(Collection<Tool> tools, Work work) throws Exception {
    int threads = THREADS_EACH * Runtime.getRuntime().availableProcessors();
    ExecutorService workers = Executors.newFixedThreadPool(threads);
    try {
      List<Future<?>> all = new ArrayList<>();
      for (Tool tool : tools) {
        all.add(
            workers.submit(
                () -> {
                  work.with(tool);
                  return null;
                }));
      }
      for (Future<?> one : all) {
        one.get();
      }
    } finally {
      workers.shutdownNow();
    }
  }

  private static void check(Tool tool, Path tree, String digest)
      throws IOException, InterruptedException {
    if (!Shell.sha256(tree).equals(digest)) {
      throw new IOException(tool.name() + " restored something else");
    }
  }

  private Cost restore(Tool tool, int version, List<String> digests) throws Exception {
    Path into = Files.createDirectory(scratch.resolve("restored"));
    Cost cost = tool.restore(version, into);
    check(tool, into, digests.get(version - 1));
    Shell.remove(into);
    return cost;
  }

  private double restoreLatest(Tool tool, Workload workload, List<String> digests, long bytes)
      throws Exception {
    List<Double> restores = new ArrayList<>();
    Turns.Run run = () -> restores.add(restore(tool, workload.versions(), digests).millis());
    Turns.take(scratch, bytes, ROUNDS_LARGE, List.of(run));
    return median(restores);
  }

  /** Restores the newest version by all tools in turn; gives what {@code cp -a} took. */
  private Cost compare(Map<Tool, Figures> tools, Workload workload, Path live, List<String> digests)
      throws Exception {
    List<Cost> copies = new ArrayList<>();
    List<Turns.Run> runs = new ArrayList<>();
    runs.add(() -> copies.add(Shell.copied(live)));
    tools.forEach(
        (tool, figures) ->
            runs.add(
                () -> {
                  if (figures.restoring() < RESTORES_MILLIS_MAX) {
                    figures.restores.add(restore(tool, workload.versions(), digests));
                  }
                }));
    long bytes = Shell.bytes(live);
    Turns.take(scratch, bytes, bytes > LARGE_BYTES ? ROUNDS_LARGE : ROUNDS, runs);
    return Cost.median(copies);
  }

  /**
   * What no verified restore can go below; the first one is not counted. By itself: what it has
   * mapped is no restore's memory.
   *
   * @param copies takes what {@code cp -a} took, in turns
   */
  private Cost least(Path live, long bytes, List<Cost> copies) throws Exception {
    List<Cost> costs = new ArrayList<>();
    try (LeastWork work = new LeastWork(live)) {
      List<Turns.Run> runs =
          List.of(() -> costs.add(work.run()), () -> copies.add(Shell.copied(live)));
      Turns.take(scratch, bytes, 1 + ROUNDS_LARGE, runs);
    }
    return Cost.median(costs.subList(1, costs.size()));
  }

  /** What no LMDB file can go below, in percent of copies: its pages are whole. */
  private static double leastStored(Workload workload, long copies) {
    double pages = META_PAGES + Math.max(1, Math.ceil(workload.leastBytes() / PAGE_BYTES));
    return 100.0 * pages * PAGE_BYTES / copies;
  }

  static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int half = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(half)
        : (sorted.get(half - 1) + sorted.get(half)) / 2;
  }
}
