package io.diffkeeper.bench;

import io.diffkeeper.keeper.NativeHashers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What versions take, what it costs to make them, and what to restore them: ours, and other tools'
 * in the same run. Each version is restored by each tool and compared by SHA-256; captures and
 * restores of the newest version take turns, and their figures are medians.
 */
public final class StoreBench {
  private static final int ROUNDS = 7;
  private static final int ROUNDS_LARGE = 5;
  private static final long LARGE_BYTES = 32 << 20;

  /** A tool that has taken so long in all is restored by no more: it is far behind. */
  private static final double RESTORES_MILLIS_MAX = 5000;

  /** With so few runs the JVM has compiled what a warm keeper has. */
  private static final int WARM_UPS = 3;

  /** Among the names of workloads: without the other tools. */
  private static final String ALONE = "alone";

  private final Path scratch;
  private final boolean alone;
  private final List<String> goals = new ArrayList<>();

  /** Figures of one tool on one workload. */
  private static final class Figures {
    final List<Double> captures = new ArrayList<>();
    final List<Double> restores = new ArrayList<>();
    double stored;
  }

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
    bench.warmUp();
    for (Workload workload : bench.workloads()) {
      if (chosen.isEmpty() || chosen.contains(workload.name())) {
        bench.run(workload);
      }
    }
    if (chosen.isEmpty() || chosen.contains("small")) {
      new SmallCases(bench.scratch, bench.goals).run();
    }
    if (chosen.isEmpty() || chosen.contains("steady")) {
      new SteadyLoad(bench.scratch, bench.goals).run();
    }
    bench.goals.forEach(System.out::println);
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
    Path live = Files.createDirectory(scratch.resolve("live"));
    Map<Tool, Figures> tools = new LinkedHashMap<>();
    try (Ours ours = new Ours(scratch.resolve("ours"))) {
      tools.put(ours, new Figures());
      for (Tool peer : alone ? List.<Tool>of() : Peers.all(scratch.resolve("peers"))) {
        tools.put(peer, new Figures());
      }
      List<String> digests = new ArrayList<>();
      long copies = capture(workload, live, tools, digests);
      for (Map.Entry<Tool, Figures> tool : tools.entrySet()) {
        tool.getValue().stored = 100.0 * tool.getKey().storedBytes() / copies;
      }
      Figures now = tools.get(ours);
      double raw = now.stored;
      List<Double> loose = restoreLatest(ours, workload, digests);
      double collectMillis = ours.compact();
      now.stored = 100.0 * ours.storedBytes() / copies;
      checkAll(tools.keySet(), digests);
      List<Double> plainCopies = compare(tools, workload, live, digests);
      report(workload, tools, plainCopies, live);
      System.out.printf(
          Locale.ROOT,
          "  ours before the collection: %.3f %% stored, restored in %.1f ms; collected in %.0f ms;"
              + " peak of this process %d MB%n%n",
          raw,
          median(loose),
          collectMillis,
          peakKilobytes() >> 10);
    }
    Shell.remove(live);
    Shell.remove(scratch.resolve("ours"));
    if (!alone) {
      Shell.remove(scratch.resolve("peers"));
    }
  }

  /** Makes and captures all versions; gives the bytes that copies of all would take. */
  private static long capture(
      Workload workload, Path live, Map<Tool, Figures> tools, List<String> digests)
      throws Exception {
    workload.make(live);
    List<Path> changed = List.of();
    List<Tool> turns = new ArrayList<>(tools.keySet());
    long copies = 0;
    Files.writeString(Path.of("/proc/self/clear_refs"), "5"); // the peak starts here
    for (int version = 1; version <= workload.versions(); version++) {
      if (version > 1) {
        changed = workload.change(live, version);
      }
      digests.add(Shell.sha256(live));
      copies += Shell.bytes(live);
      for (Tool tool : turns) {
        Shell.run("sync -f '" + live + "'"); // what others wrote is not ours to wait for
        double millis = tool.capture(live, version, changed);
        if (version > 1) {
          tools.get(tool).captures.add(millis);
        }
      }
      Collections.rotate(turns, 1);
    }
    return copies;
  }

  private void checkAll(Set<Tool> tools, List<String> digests) throws Exception {
    for (Tool tool : tools) {
      tool.restoreAll(
          digests.size(),
          scratch.resolve("restored"),
          (version, tree) -> check(tool, tree, digests.get(version - 1)));
    }
  }

  private static void check(Tool tool, Path tree, String digest)
      throws IOException, InterruptedException {
    if (!Shell.sha256(tree).equals(digest)) {
      throw new IOException(tool.name() + " restored something else");
    }
  }

  private double restore(Tool tool, int version, List<String> digests) throws Exception {
    Path into = Files.createDirectory(scratch.resolve("restored"));
    double millis = tool.restore(version, into);
    check(tool, into, digests.get(version - 1));
    Shell.remove(into);
    return millis;
  }

  private static int rounds(Path live) throws Exception {
    return Shell.bytes(live) > LARGE_BYTES ? ROUNDS_LARGE : ROUNDS;
  }

  private List<Double> restoreLatest(Tool tool, Workload workload, List<String> digests)
      throws Exception {
    List<Double> restores = new ArrayList<>();
    for (int i = 0; i < ROUNDS_LARGE; i++) {
      restores.add(restore(tool, workload.versions(), digests));
    }
    return restores;
  }

  /** Restores the newest version by all tools in turn; gives the times of {@code cp -a}. */
  private List<Double> compare(
      Map<Tool, Figures> tools, Workload workload, Path live, List<String> digests)
      throws Exception {
    List<Double> plainCopies = new ArrayList<>();
    int rounds = rounds(live);
    for (int i = 0; i < rounds; i++) {
      for (Map.Entry<Tool, Figures> tool : tools.entrySet()) {
        List<Double> restores = tool.getValue().restores;
        if (restores.stream().mapToDouble(millis -> millis).sum() < RESTORES_MILLIS_MAX) {
          restores.add(restore(tool.getKey(), workload.versions(), digests));
        }
      }
      Path into = scratch.resolve("restored");
      plainCopies.add(Shell.timed(null, Map.of(), "exec cp -a '" + live + "' '" + into + "'"));
      Shell.remove(into);
    }
    return plainCopies;
  }

  private void report(
      Workload workload, Map<Tool, Figures> tools, List<Double> plainCopies, Path live)
      throws Exception {
    double copy = median(plainCopies);
    System.out.printf(
        Locale.ROOT,
        "%s: %s; %d versions of %.1f MB; cp -a %.1f ms%n",
        workload.name(),
        workload.description(),
        workload.versions(),
        Shell.bytes(live) / 1e6,
        copy);
    System.out.printf(
        "  %-12s %10s %12s %12s %8s%n", "", "stored %", "capture ms", "restore ms", "÷ cp -a");
    Workload.Goals want = workload.goals();
    System.out.printf(
        Locale.ROOT,
        "  %-12s %10.3f %12.1f %12s %8.2f%n",
        "goal",
        want.stored(),
        want.captureMillis(),
        "",
        want.restore());
    tools.forEach(
        (tool, figures) ->
            System.out.printf(
                Locale.ROOT,
                "  %-12s %10.3f %12.1f %12.1f %8.2f%n",
                tool.name(),
                figures.stored,
                median(figures.captures),
                median(figures.restores),
                median(figures.restores) / copy));
    Map<String, Double> stored = new LinkedHashMap<>();
    Map<String, Double> captures = new LinkedHashMap<>();
    Map<String, Double> restores = new LinkedHashMap<>();
    tools.forEach(
        (tool, figures) -> {
          stored.put(tool.name(), figures.stored);
          captures.put(tool.name(), median(figures.captures));
          restores.put(tool.name(), median(figures.restores) / copy);
        });
    goals.add(Goal.line("store-" + workload.name() + "-stored", want.stored(), "%", stored));
    goals.add(
        Goal.line("store-" + workload.name() + "-capture", want.captureMillis(), "ms", captures));
    goals.add(
        Goal.line("store-" + workload.name() + "-restore", want.restore(), "x cp -a", restores));
  }

  /** The largest resident size since the workload began, pages of the store's map included. */
  private static long peakKilobytes() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmHWM:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
        .findFirst()
        .orElse(0);
  }

  static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    return sorted.get(sorted.size() / 2);
  }
}
