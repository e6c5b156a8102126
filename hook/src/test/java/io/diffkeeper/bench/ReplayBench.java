package io.diffkeeper.bench;

import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.bpf.Still;
import io.diffkeeper.capture.Capture;
import io.diffkeeper.capture.Freezer;
import io.diffkeeper.capture.Profiler;
import io.diffkeeper.capture.WritableMaps;
import io.diffkeeper.files.Attributes;
import io.diffkeeper.files.Dir;
import io.diffkeeper.files.Ids;
import io.diffkeeper.files.Policy;
import io.diffkeeper.files.StateDir;
import io.diffkeeper.keeper.NativeHashers;
import io.diffkeeper.replay.Replay;
import io.diffkeeper.replay.ReplayMode;
import io.diffkeeper.store.Cut;
import io.diffkeeper.store.Draft;
import io.diffkeeper.store.Origin;
import io.diffkeeper.store.StateName;
import io.diffkeeper.store.Store;
import io.diffkeeper.store.Version;
import io.diffkeeper.store.VersionWriter;
import io.diffkeeper.sys.Kernel;
import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.Name;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/**
 * How long a replay takes in the keeper, verification included, against {@code cp -a} of the same
 * tree with a warm cache. All take turns; each figure is a median.
 */
public final class ReplayBench {
  private static final Name DATA = Name.of("/data");
  private static final Kernel KERNEL = new Kernel();
  private static final int CHAIN_VERSIONS = 25;

  /** Multiples of six: three take turns in every order. */
  private static final int ROUNDS = 12;

  private static final int ROUNDS_LARGE = 6;
  private static final int ROUNDS_CHAIN = 40;
  private static final double KILO = 1024;

  private final Path scratch;
  private final Store store;
  private final Attributes attributes = new Attributes(Ids.SAME, new Policy(true, false));

  private final List<String> accounted = new ArrayList<>();

  private ReplayBench(Path scratch) {
    this.scratch = scratch;
    this.store = Store.open(scratch.resolve("store"));
  }

  /** Runs all; the argument is an empty folder on the file system to measure on. */
  public static void main(String[] args) throws Exception {
    NativeHashers.use(); // as a keeper does
    new ReplayBench(Path.of(args[0])).run();
  }

  private void run() throws Exception {
    System.out.printf(
        "%-25s %10s %10s %6s %10s %9s%n", "", "ours ms", "cp -a ms", "ratio", "first ms", "own MB");
    Ratios small = compare("10 MB", 1, 10 << 20, ROUNDS);
    compare("61 small", 61, 2000, ROUNDS);
    Ratios many = compare("10,000 x 4 KiB", 10_000, 4096, ROUNDS);
    Ratios large = compare("1 GB in 100", 100, 10 << 20, ROUNDS_LARGE);
    double chain = chain();
    System.out.printf("%nwhat the kernel accounted for%n");
    System.out.printf("%-26s %8s %9s %11s%n", "", "CPU ms", "peak MB", "written MB");
    accounted.forEach(System.out::println);
    System.out.println();
    goal("replay-10mb", "<= 1.0 x cp -a", small.sha256, limit(small), 1.0);
    goal("replay-1gb", "<= 1.0 x cp -a", large.sha256, limit(large), 1.0);
    goal("replay-10mb-blake3", "<= 1.0 x cp -a", small.blake3, "", 1.0);
    goal("replay-1gb-blake3", "<= 1.0 x cp -a", large.blake3, "", 1.0);
    goal("replay-10000-files", "<= 0.8 x cp -a", many.sha256, "", 0.8);
    goal("replay-chain", "<= 1.2 x snapshot", chain, "", 1.2);
  }

  private static void goal(String name, String goal, double ours, String limit, double most) {
    String verdict = ours <= most ? "met" : "missed";
    System.out.printf("goal %s: %s | ours %.2f%s | %s%n", name, goal, ours, limit, verdict);
  }

  private static String limit(Ratios ratios) {
    return String.format(Locale.ROOT, " | limit %.2f", ratios.least);
  }

  /** Times as parts of a copy's: of a replay by the state's digest, and of the least work. */
  private record Ratios(double sha256, double blake3, double least) {}

  private Ratios compare(String name, int files, int bytes, int rounds) throws Exception {
    Path live = Files.createDirectory(scratch.resolve("live"));
    Random random = new Random(1);
    byte[] content = new byte[bytes];
    for (int i = 0; i < files; i++) {
      Path dir = Files.createDirectories(live.resolve("d" + i / 100));
      random.nextBytes(content);
      Files.write(dir.resolve("f" + i), content);
    }
    StateName state = new StateName("bench", "s" + files + "-" + bytes);
    Version version = capture(state, live, HashAlgorithm.SHA256);
    StateName blakeState = new StateName("bench", state.name() + "-blake3");
    Version blakeVersion = capture(blakeState, live, HashAlgorithm.BLAKE3);
    Times ours = new Times();
    Times blake = new Times();
    Times copies = new Times();
    List<Turns.Run> runs =
        List.of(
            () -> ours.add(replay(store, state, version, live)),
            () -> copies.add(Shell.copied(live)),
            () -> blake.add(replay(store, blakeState, blakeVersion, live)));
    long all = (long) files * bytes;
    Turns.take(scratch, all, 1 + rounds, runs);
    ours.print(name, copies);
    blake.print(name + " by BLAKE3", copies);
    ours.account(name + ", ours");
    blake.account(name + ", by BLAKE3");
    copies.account(name + ", cp -a");
    double least = least(name, live, all, rounds);
    Shell.remove(live);
    return new Ratios(ours.ratio(copies), blake.ratio(copies), least);
  }

  /** What replays of one version took; the first one is not counted. */
  private final class Times {
    private final List<Cost> costs = new ArrayList<>();
    private Cost first; // the JVM has not seen such a tree before
    private long ownKilobytes;

    void add(Cost cost) throws IOException {
      if (first == null) {
        first = cost;
      } else {
        costs.add(cost);
      }
      ownKilobytes = Math.max(ownKilobytes, ReplayBench.ownKilobytes());
    }

    double median() {
      return Cost.median(costs).millis();
    }

    double ratio(Times others) {
      return median() / others.median();
    }

    void print(String name, Times others) {
      System.out.printf(
          "%-25s %10.1f %10.1f %6.2f %10.1f %9.1f   n=%d%n",
          name,
          median(),
          others.median(),
          ratio(others),
          first.millis(),
          ownKilobytes / KILO,
          costs.size());
    }

    void account(String name) {
      Cost cost = Cost.median(costs);
      accounted.add(
          String.format(
              Locale.ROOT,
              "%-26s %8.1f %9.1f %11.2f",
              name,
              cost.cpuMillis(),
              cost.peakMegabytes(),
              cost.writtenMegabytes()));
    }
  }

  /** A file of 10 MB of which each version changes a tenth. */
  private double chain() throws Exception {
    Path live = Files.createDirectory(scratch.resolve("live"));
    byte[] content = new byte[10 << 20];
    Random random = new Random(2);
    random.nextBytes(content);
    Files.write(live.resolve("file"), content);
    StateName chained = new StateName("bench", "chain");
    Map<Name, Entry> before = new HashMap<>();
    Version latest = capture(store, chained, live, before);
    byte[] tenth = new byte[content.length / 10];
    for (int i = 1; i < CHAIN_VERSIONS; i++) {
      random.nextBytes(tenth);
      try (RandomAccessFile file = new RandomAccessFile(live.resolve("file").toFile(), "rw")) {
        file.seek(random.nextInt(content.length - tenth.length));
        file.write(tenth);
      }
      latest = capture(store, chained, live, before); // as differences from the one before
    }
    Path alone = scratch.resolve("alone");
    double ratio;
    // In a store of its own nothing is shared with the chain.
    try (Store other = Store.open(alone)) {
      StateName single = new StateName("bench", "single");
      Version snapshot = capture(other, single, live, new HashMap<>());
      Times ours = new Times();
      Times snapshots = new Times();
      Version newest = latest;
      Turns.take(
          scratch,
          content.length,
          1 + ROUNDS_CHAIN,
          List.of(
              () -> ours.add(replay(store, chained, newest, live)),
              () -> snapshots.add(replay(other, single, snapshot, live))));
      ratio = ours.ratio(snapshots);
      ours.print("chain of 25 (*)", snapshots);
      ours.account("chain of 25, ours");
      snapshots.account("chain of 25, a snapshot");
    }
    System.out.println("(*) against a snapshot");
    Shell.remove(live);
    Shell.remove(alone);
    return ratio;
  }

  private Version capture(StateName state, Path live, HashAlgorithm hash) throws IOException {
    store.create(state, hash, "");
    return capture(store, state, live, new HashMap<>());
  }

  /**
   * Captures a whole tree.
   *
   * @param known what the version before it had; takes what this one has
   */
  private Version capture(Store into, StateName state, Path live, Map<Name, Entry> known)
      throws IOException {
    into.create(state, HashAlgorithm.SHA256, "");
    try (StateDir dir = open(live);
        VersionWriter writer = into.writer(state)) {
      Capture capture =
          new Capture(
              List.of(dir),
              attributes,
              path -> false,
              WritableMaps.none(),
              Freezer.none(),
              List.of(),
              1,
              new Profiler(1),
              ReplayBench::note);
      Digest root = capture.scan(known, new Still(), writer).root();
      known.putAll(capture.entries());
      Origin origin = new Origin("bench", "");
      return writer.commit(
          new Draft(
              Draft.LATEST, root, root, Instant.now(), origin, Cut.SETTLED, "none", true, 0, 0));
    }
  }

  private static void note(String line) {
    System.err.println(line);
  }

  private static StateDir open(Path path) throws IOException {
    return new StateDir(DATA, Dir.ofHost(KERNEL, Name.of(path.toString())), true, true);
  }

  private Cost replay(Store from, StateName state, Version version, Path live) throws Exception {
    Path into = Files.createDirectory(scratch.resolve("replayed"));
    Cost.Running running = Cost.start();
    try (StateDir dir = open(into)) {
      Replay replay =
          new Replay(from, state, attributes, path -> false, () -> {}, ReplayBench::note);
      Replay.Target target = new Replay.Target(version.root(), version.root(), null);
      replay.run(target, ReplayMode.EXACT, List.of(dir));
    }
    Cost cost = running.end();
    Shell.same(live, into);
    Shell.remove(into);
    return cost;
  }

  /** By itself, so that what it has mapped is not counted as a replay's memory. */
  private double least(String name, Path live, long bytes, int rounds) throws Exception {
    Times least = new Times();
    Times copies = new Times();
    try (LeastWork work = new LeastWork(live)) {
      List<Turns.Run> runs =
          List.of(() -> least.add(work.run()), () -> copies.add(Shell.copied(live)));
      Turns.take(scratch, bytes, 1 + rounds, runs);
    }
    least.print(name + " at least", copies);
    return least.ratio(copies);
  }

  /**
   * The largest resident size since it was last reset, without the store's mapped pages: those are
   * the kernel's to take back, and there are the most at the end.
   */
  private static long ownKilobytes() throws IOException {
    return Shell.status("VmHWM:") - Shell.status("RssFile:");
  }
}
