package io.diffkeeper.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.HashAlgorithm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each write, sync and truncation of a store's files fails in turn: by default some of them, and
 * all with {@code -Ddiffkeeper.calls=1000} ({@code make test-crash}).
 */
class FailingCallsTest {
  private static final int CALLS = Integer.getInteger("diffkeeper.calls", 10);
  private static final int EIO = 5;
  private static final int ENOSPC = 28;
  private static final int SIGKILL = 9;
  private static final String VERSIONS = "4";

  /** Those of one collection of a small store, and some more. */
  private static final int COLLECTOR_CALLS = 14;

  private static final StateName STATE = new StateName("podman", "failing");
  private static final StateName OTHER = new StateName("podman", "other");

  @TempDir Path temp;
  private Path library;

  @BeforeEach
  void compile() throws Exception {
    library = compile(temp);
  }

  /** Makes the library that is to be preloaded. */
  static Path compile(Path temp) throws Exception {
    Path library = temp.resolve("failing.so");
    List<String> command = new ArrayList<>(List.of("gcc", "-shared", "-fPIC", "-O1", "-o"));
    command.addAll(List.of(library.toString(), "src/test/c/failing.c", "-ldl"));
    assertEquals(0, new ProcessBuilder(command).inheritIO().start().waitFor());
    return library;
  }

  /** What has that call on a store's files fail; the calls are counted in a file. */
  static Map<String, String> environment(
      Path library, Path store, int call, int error, Path count) {
    return Map.of(
        "LD_PRELOAD", library.toString(),
        "FAIL_UNDER", store.toString(),
        "FAIL_AT", Integer.toString(call),
        "FAIL_WITH", Integer.toString(error),
        "FAIL_COUNT", count.toString());
  }

  private Child write(Path store, int call, int error, Path count) throws IOException {
    return write(store, environment(library, store, call, error, count), VERSIONS);
  }

  private Child write(Path store, Map<String, String> environment, String versions)
      throws IOException {
    return Child.start(
        temp, environment, Child.QUICK, "write", store.toString(), STATE.name(), versions);
  }

  @Test
  void losesNothingThatWasAcknowledged() throws Exception {
    Path count = temp.resolve("count");
    try (Child child = write(temp.resolve("counted"), 0, 0, count)) {
      assertEquals(0, child.end());
    }
    int total = (int) Files.size(count);
    assertTrue(total > 10, "calls " + total);
    long seed = new Random().nextLong();
    System.out.println("FailingCallsTest: " + total + " calls, seed " + seed);
    Random random = new Random(seed);
    List<Integer> calls = new ArrayList<>();
    for (int call = 1; call <= total; call++) {
      calls.add(call);
    }
    Collections.shuffle(calls, random);
    for (int call : calls.subList(0, Math.min(CALLS, total))) {
      fail(call, random.nextBoolean() ? EIO : ENOSPC);
    }
  }

  /** What it wrote last may be durable without anybody having been told so. */
  @Test
  void aDeadWritersVersionIsSeenAtOnce() throws Exception {
    long total = afterADeath(0, (store, death) -> death.call());
    assertTrue(total > 3, "calls " + total);
    for (int call = 1; call <= total; call++) {
      afterADeath(
          call,
          (store, death) -> {
            death.call();
            Version latest = store.state(STATE).orElseThrow().latest();
            long next = latest == null ? 1 : latest.number() + 1;
            assertEquals(next, Trees.commit(store, STATE, Child.content(2)).number());
          });
    }
  }

  /** Nor if it dies when all other versions have been looked at. */
  @Test
  void aDeadWritersVersionIsNotCollected() throws Exception {
    long total = afterADeath(0, (store, death) -> death.call());
    for (int call = 1; call <= total; call++) {
      afterADeath(
          call,
          (store, death) -> {
            WriterGate gate = store.environment().gate();
            gate.enter();
            FutureTask<CollectReport> collection = new FutureTask<>(() -> store.collect(false));
            Thread thread = new Thread(collection);
            thread.start();
            while (!collection.isDone() && !isWaitingForWriters(thread)) {
              Thread.onSpinWait();
            }
            death.call();
            gate.leave();
            collection.get();
            assertEquals(List.of(), store.verify(null).problems());
          });
    }
  }

  /** What it removed last may look as if it were there. */
  @Test
  void aVersionNeedsNothingThatADeadCollectorRemoved() throws Exception {
    for (int call = 1; call <= COLLECTOR_CALLS; call++) {
      Path dir = Files.createTempDirectory(temp, "store");
      try (Store store = Store.open(dir)) {
        store.create(STATE, HashAlgorithm.SHA256, "nginx");
        Trees.commit(store, STATE, Child.content(20));
        Trees.commit(store, STATE, Child.content(40));
        try (Child child =
            Child.start(temp, dying(dir, call), Child.QUICK, "collect", dir.toString(), "1")) {
          assertEquals(128 + SIGKILL, child.end(), "call " + call);
        }
        Trees.commit(store, STATE, Child.content(20));
        assertEquals(List.of(), store.verify(null).problems(), "call " + call);
      }
    }
  }

  private Map<String, String> dying(Path dir, int call) throws IOException {
    Path count = dir.resolveSibling(dir.getFileName() + ".count");
    Map<String, String> environment =
        new HashMap<>(environment(library, dir, call, -SIGKILL, count));
    environment.put("FAIL_AFTER", "1");
    return environment;
  }

  private static boolean isWaitingForWriters(Thread thread) {
    return Stream.of(thread.getStackTrace())
        .anyMatch(frame -> frame.getMethodName().equals("waitForWriters"));
  }

  private interface Survivor {
    void see(Store store, Callable<?> death) throws Exception;
  }

  /**
   * Gives a store, and a writer of one version to be started that dies after a call; or does not,
   * for none. Returns how many calls were made.
   */
  private long afterADeath(int call, Survivor survivor) throws Exception {
    Path dir = Files.createTempDirectory(temp, "store");
    Map<String, String> environment = dying(dir, call);
    try (Store store = Store.open(dir)) { // else the next one to open it would begin afresh
      store.create(STATE, HashAlgorithm.SHA256, "nginx");
      store.create(OTHER, HashAlgorithm.SHA256, "nginx");
      Trees.commit(store, OTHER, Child.content(20)); // of which the other has nothing
      survivor.see(
          store,
          () -> {
            try (Child child = write(dir, environment, "1")) {
              assertEquals(call == 0 ? 0 : 128 + SIGKILL, child.end(), "call " + call);
            }
            return null;
          });
    }
    return Files.size(Path.of(environment.get("FAIL_COUNT")));
  }

  private void fail(int call, int error) throws Exception {
    Path dir = temp.resolve("store" + call);
    String what = "call " + call + ", error " + error;
    List<String> lines = new ArrayList<>();
    try (Child child = write(dir, call, error, temp.resolve("other"))) {
      for (String line = child.line(); line != null; line = child.line()) {
        lines.add(line);
      }
      child.end();
    }
    long acknowledged = lines.stream().filter(line -> line.matches("[0-9]+")).count();
    boolean first = lines.isEmpty() || !lines.get(0).equals("1");
    assertTrue(first || acknowledged == Long.parseLong(VERSIONS), what + ": " + lines);
    lines.stream()
        .filter(line -> !line.matches("[0-9]+"))
        .forEach(line -> assertTrue(line.matches("failed [A-Z_]+: .*"), what + ": " + line));
    try (Store store = Store.open(dir)) {
      // A meta page that could not be written says so until the next commit: a version is missing,
      // and its writer knows.
      store
          .verify(null)
          .problems()
          .forEach(p -> assertTrue(p.what().contains("a version may be missing"), what + p));
      Version latest = store.state(STATE).map(StateInfo::latest).orElse(null);
      assertTrue((latest == null ? 0 : latest.number()) >= acknowledged, what);
      for (long number = 1; latest != null && number <= latest.number(); number++) {
        Child.check(store, STATE, number);
      }
      store.create(STATE, HashAlgorithm.SHA256, "nginx");
      Trees.commit(store, STATE, Child.content(1));
      assertEquals(List.of(), store.verify(null).problems(), what);
    }
  }
}
