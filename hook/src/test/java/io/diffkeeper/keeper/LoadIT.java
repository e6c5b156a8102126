package io.diffkeeper.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.store.Cut;
import io.diffkeeper.store.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Programs that write without end, and capture under them. */
@Timeout(600)
class LoadIT {
  private static final int OPERATIONS = 12_000;
  private static final int STORM_FILES = 100_000;
  private static final int SETTLED_VERSIONS = 200;
  private static final int MODEL_VERSIONS = 10;
  private static final String THREADS = "4";
  private static final Map<String, String> OFTEN =
      Map.of("capture-delay", "2ms", "capture-max-delay", "20ms", "enable-profiler", "false");

  @RegisterExtension
  static final FileSystems fileSystems =
      new FileSystems(List.of("ext4", "tmpfs", "overlay-on-tmpfs", FileSystems.LAYERED));

  @TempDir static Path scratch;
  private static Path program;

  @BeforeAll
  static void compile() throws IOException {
    program = Kept.program(scratch);
  }

  private static Kept kept(Path tree, Map<String, String> settings, String script, Path out)
      throws IOException {
    Path own = Files.createTempDirectory(scratch, "own");
    String[] words = {"sh", "-c", script, program.toString(), tree.toString(), out.toString()};
    return new Kept(own, tree, settings, words);
  }

  private static Path output() throws IOException {
    return Files.createTempFile(scratch, "out", "");
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"ext4", "tmpfs", "overlay-on-tmpfs", FileSystems.LAYERED})
  void whateverThreadsDoAtRandomEndsUpInTheNewestVersion(String kind) throws Exception {
    int seed = new Random().nextInt(1 << 30);
    System.out.println("LoadIT: seed " + seed + " on " + kind);
    Path out = output();
    String script = "exec \"$0\" random \"$1\" " + seed + " " + OPERATIONS + " > \"$2\"";
    try (Kept kept = kept(fileSystems.tree(kind), OFTEN, script, out)) {
      kept.start();
      Await.until("all is done", () -> Files.readString(out).contains("ready"));
      kept.awaitLive();
      assertTrue(kept.versions().size() > 2, "only looked at when it was over");
      kept.end();
      assertEquals(List.of(), kept.differences(), "seed " + seed);
    }
  }

  /** A model in memory says what each thread's directory is after how many operations. */
  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"ext4", "tmpfs", "overlay-on-tmpfs", FileSystems.LAYERED})
  void everySettledVersionIsAStateOfTheModelAndTheNewestItsLast(String kind) throws Exception {
    String seed = Integer.toString(new Random().nextInt(1 << 30));
    System.out.println("LoadIT: model's seed " + seed + " on " + kind);
    String operations = Integer.toString(OPERATIONS);
    String model = Path.of("src/test/python/model.py").toAbsolutePath().toString();
    Path out = output();
    List<String> words = List.of("python3", model, "write", "\"$1\"", seed, operations, THREADS);
    String script = "exec " + String.join(" ", words) + " > \"$2\" 2>&1";
    List<String> check = new ArrayList<>(List.of("python3", model, "check"));
    check.addAll(List.of(seed, operations, THREADS));
    try (Kept kept = kept(fileSystems.fresh(kind), OFTEN, script, out)) {
      kept.start();
      Await.until("all is done", () -> !Files.readString(out).isEmpty());
      assertEquals("ready", Files.readString(out).strip());
      kept.awaitLive();
      Await.until("the newest is settled", () -> kept.latest().cut() == Cut.SETTLED);
      List<Version> settled = settled(kept);
      assertTrue(settled.size() > 2, "only looked at when it was over");
      int every = Math.max(1, settled.size() / MODEL_VERSIONS);
      for (int i = (settled.size() - 1) / every * every; i >= 0; i -= every) {
        Version version = settled.get(i); // the newest is the first
        Path copy = scratch.resolve("model-" + kind).resolve(Long.toString(version.number()));
        kept.export(version, copy);
        check.add(copy.toString());
      }
      kept.end();
    }
    FileSystems.run(check.toArray(String[]::new));
  }

  /** The kernel tells of a write when it begins, and sets the length when it ends. */
  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"ext4", "tmpfs", "overlay-on-tmpfs", FileSystems.LAYERED})
  void anAppendThatIsHeldUpOnItsWayIsFound(String kind) throws Exception {
    Path out = output();
    Path late = scratch.resolve("late");
    FileSystems.run("gcc", "-std=gnu11", "-pthread", "src/test/c/late.c", "-o", late.toString());
    try (Kept kept =
        kept(fileSystems.fresh(kind), OFTEN, "exec " + late + " \"$1\" > \"$2\" 2>&1", out)) {
      kept.start();
      Await.until("it is done", () -> !Files.readString(out).isEmpty());
      assertEquals("done", Files.readString(out).strip());
      kept.awaitLive();
      kept.end();
      assertEquals(List.of(), kept.differences());
    }
  }

  /** Nobody reads the ring at first, as if the keeper were stopped. */
  @Test
  void aStormThatOverflowsTheRingIsCountedAndFoundBySweeping() throws Exception {
    Path out = output();
    Path tree = fileSystems.fresh("tmpfs");
    String script =
        "\"$0\" storm \"$1\" "
            + STORM_FILES
            + " > \"$2\"; rm -r \"$1\"/*[0-4];"
            + " echo removed >> \"$2\"; read -r forever < /dev/zero";
    try (Kept kept = kept(tree, Map.of("enable-profiler", "false"), script, out)) {
      kept.startWithoutUs();
      Await.until("the files are there", () -> Files.readString(out).contains("did storm"));
      kept.watch();
      Await.until("half is removed", () -> Files.readString(out).contains("removed"));
      kept.awaitLive();
      boolean events = kept.source().isComplete();
      assertTrue(!events || kept.session().capture().lost() > 0, "no event was lost");
      assertEquals(STORM_FILES / 2, kept.session().capture().files());
      kept.end();
      assertEquals(List.of(), kept.differences());
    }
  }

  @Test
  void aHoleOfAHundredGigabytesIsNotRead() throws Exception {
    Path out = output();
    String script =
        "truncate -s 100G \"$1/huge\"; printf x | dd of=\"$1/huge\" bs=1 seek=50G conv=notrunc"
            + " 2> \"$2\"; echo ready >> \"$2\"; read -r forever < /dev/zero";
    try (Kept kept = kept(fileSystems.fresh("tmpfs"), Map.of(), script, out)) {
      kept.start();
      Await.until("it is there", () -> Files.readString(out).contains("ready"));
      kept.awaitLive();
      assertEquals(100L << 30, kept.latest().bytes());
      assertTrue(kept.latest().storedBytes() < 1 << 20, kept.latest()::toString);
    }
  }

  /**
   * SQLite with both kinds of journal, an append-only file, an editor's save by rename, and a
   * program that never pauses for longer than a millisecond.
   */
  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"rollback", "wal", "append", "editor", "counters"})
  void everySettledVersionIsConsistent(String kind) throws Exception {
    Path out = output();
    String load = Path.of("src/test/python/load.py").toAbsolutePath().toString();
    String script = "exec python3 " + load + " write " + kind + " \"$1\" > \"$2\" 2>&1";
    List<String> check = new ArrayList<>(List.of("python3", load, "check", kind));
    try (Kept kept = kept(fileSystems.fresh("ext4"), OFTEN, script, out)) {
      kept.start();
      Await.until("there are versions", () -> settled(kept).size() >= SETTLED_VERSIONS);
      for (Version version : settled(kept)) {
        Path copy = scratch.resolve(kind).resolve(Long.toString(version.number()));
        kept.export(version, copy);
        check.add(copy.toString());
      }
      kept.end();
    }
    FileSystems.run(check.toArray(String[]::new));
  }

  private static List<Version> settled(Kept kept) {
    return kept.versions().stream().filter(version -> version.cut() == Cut.SETTLED).toList();
  }
}
