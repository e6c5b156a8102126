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
  void showsAtOnceAllThatADeadWriterMadeDurable() throws Exception {
    int total = writeAndDie(0);
    assertTrue(total > 3, "calls " + total);
    for (int call = 1; call <= total; call++) {
      writeAndDie(call);
    }
  }

  /** Gives how many calls were made until it died after that one; or all, for none. */
  private int writeAndDie(int call) throws Exception {
    Path dir = temp.resolve("store" + call);
    Path count = temp.resolve("count" + call);
    try (Store first = Store.open(dir)) { // else the next one to open it would begin afresh
      first.create(STATE, HashAlgorithm.SHA256, "nginx");
      first.create(OTHER, HashAlgorithm.SHA256, "nginx");
      Trees.commit(first, OTHER, Child.content(1));
      Map<String, String> environment =
          new HashMap<>(environment(library, dir, call, -SIGKILL, count));
      environment.put("FAIL_AFTER", "1");
      try (Child child = write(dir, environment, "1")) {
        assertEquals(call == 0 ? 0 : 128 + SIGKILL, child.end());
      }
      try (Store store = Store.open(dir)) {
        Version latest = store.state(STATE).orElseThrow().latest();
        long next = latest == null ? 1 : latest.number() + 1;
        assertEquals(next, Trees.commit(store, STATE, Child.content(1)).number(), "call " + call);
      }
    }
    return (int) Files.size(count);
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
