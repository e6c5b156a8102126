package io.diffkeeper.store;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.Jvm;
import io.diffkeeper.Meter;
import io.diffkeeper.Retention;
import io.diffkeeper.tree.Entry;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/** What runs in a process of its own, and the process. */
final class Child implements AutoCloseable {
  static final long MAP_BYTES = 1 << 20;
  private static final int BIG_EVERY = 30;
  private static final int EDITS_EACH = 8;
  private static final int COLLECT_EVERY = 3;
  private static final int EDITED_BYTES_MAX = 3000;

  private final Process process;
  private final BufferedReader output;

  private Child(Process process) {
    this.process = process;
    this.output = new BufferedReader(new InputStreamReader(process.getInputStream()));
  }

  /** Options for a short life: no optimizing compiler, no stubs generated at run time. */
  static final List<String> QUICK =
      List.of("-XX:TieredStopAtLevel=1", "-Djnr.ffi.asm.enabled=false");

  /**
   * Starts one.
   *
   * @param temp where it leaves its native libraries when it is killed
   */
  static Child start(Path temp, List<String> options, String... arguments) throws IOException {
    return start(temp, Map.of(), options, arguments);
  }

  /** Starts one with some more environment. */
  static Child start(
      Path temp, Map<String, String> environment, List<String> options, String... arguments)
      throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command(temp, options, arguments));
    builder.environment().putAll(environment);
    return new Child(builder.redirectError(ProcessBuilder.Redirect.INHERIT).start());
  }

  /** The command that starts one. */
  static List<String> command(Path temp, List<String> options, String... arguments) {
    return Jvm.command(temp, options, Child.class, arguments);
  }

  /** The next line it prints; null when it has ended. */
  String line() throws IOException {
    return output.readLine();
  }

  /** Waits for its end, and gives its exit status. */
  int end() throws IOException, InterruptedException {
    while (output.readLine() != null) {
      // until it ends
    }
    return process.waitFor();
  }

  /** Ends it with SIGKILL; gives the last line it has printed, or the one given. */
  String kill(String last) throws IOException, InterruptedException {
    process.toHandle().destroyForcibly(); // the process' own method would close its output
    process.waitFor();
    String line = last;
    for (String next = output.readLine(); next != null; next = output.readLine()) {
      line = next;
    }
    return line;
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  /**
   * {@code write DIR STATE COUNT}, {@code tell DIR STATE COUNT}, which collects now and then and
   * names the state in each line, {@code collect DIR KEEP-LAST} without end, {@code hold DIR},
   * which reads without end, {@code migrate DIR}, which never ends to make it a store of the next
   * format, {@code repair DIR}, or {@code pack DIR}.
   */
  public static void main(String[] arguments) throws IOException {
    Path dir = Path.of(arguments[1]);
    try {
      switch (arguments[0]) {
        case "write" ->
            write(dir, new StateName("podman", arguments[2]), Integer.parseInt(arguments[3]));
        case "tell" ->
            tell(dir, new StateName("podman", arguments[2]), Integer.parseInt(arguments[3]));
        case "collect" -> collect(dir, Integer.parseInt(arguments[2]));
        case "hold" -> hold(dir);
        case "migrate" -> migrate(dir);
        case "repair" -> repair(dir);
        case "pack" -> pack(dir);
        default -> throw new IllegalArgumentException(arguments[0]);
      }
    } catch (DiffKeeperException e) {
      System.out.println("failed " + e.exitCode() + ": " + e.getMessage());
    }
  }

  /** The content of the version of that number: every few versions another, edited between. */
  static Contents content(long number) {
    Random random = new Random(number / EDITS_EACH);
    int size = 1 + random.nextInt(150_000) + (number % BIG_EVERY == 0 ? Pending.BYTES_MAX : 0);
    Contents contents = Contents.random(random, size);
    Random edits = new Random(number);
    for (int i = edits.nextInt(EDITED_BYTES_MAX); i > 0; i--) {
      contents.bytes()[edits.nextInt(size)]++;
    }
    return contents;
  }

  private static void write(Path dir, StateName state, int count) throws IOException {
    try (Store store = Store.open(dir, MAP_BYTES)) {
      store.create(state, HashAlgorithm.SHA256, "nginx");
      Version latest = store.state(state).orElseThrow().latest();
      long first = latest == null ? 1 : latest.number() + 1;
      Entry before = null;
      for (long number = first; number < first + count; number++) {
        try {
          before = write(store, state, number, before);
        } catch (DiffKeeperException e) { // once more, as a keeper does
          System.out.println("failed " + e.exitCode() + ": " + e.getMessage());
          before = write(store, state, number, before);
        }
        System.out.println(number);
      }
    }
  }

  private static void tell(Path dir, StateName state, int count) throws IOException {
    try (Store store = Store.open(dir, MAP_BYTES)) {
      store.create(state, HashAlgorithm.SHA256, "nginx");
      Entry before = null;
      for (long number = 1; number <= count; number++) {
        before = write(store, state, number, before);
        System.out.print(state.name() + " " + number + "\n");
        if (number % COLLECT_EVERY == 0) {
          store.forget(state, new Retention(2, Duration.ZERO, 0, 0, 0), Instant.now());
          collectIfFree(store, number % (2 * COLLECT_EVERY) == 0);
        }
      }
    }
  }

  private static void collectIfFree(Store store, boolean all) {
    try {
      store.collect(all);
    } catch (DiffKeeperException e) {
      if (e.exitCode() != ExitCode.BUSY) {
        throw e;
      }
    }
  }

  private static Entry write(Store store, StateName state, long number, Entry before)
      throws IOException {
    try (VersionWriter writer = store.writer(state)) {
      Entry file = Trees.file("f", writer.file(content(number), before));
      var data = writer.directory(List.of(file));
      var root = writer.directory(List.of(Trees.directory("/data", data)));
      if (writer.commit(Trees.draft(root)).number() != number) {
        throw new AssertionError("another number than " + number);
      }
      return file;
    }
  }

  /** Forgets and collects again and again, whatever is written meanwhile. */
  private static void collect(Path dir, int keepLast) throws IOException {
    Retention retention = new Retention(keepLast, Duration.ZERO, 0, 0, 0);
    try (Store store = Store.open(dir, MAP_BYTES)) {
      for (long round = 1; ; round++) {
        for (StateInfo state : store.states()) {
          store.forget(state.name(), retention, Instant.now());
        }
        store.collect(round % 2 == 0);
        System.out.println(round);
      }
    }
  }

  /** Begins a read transaction, and never ends it. */
  private static void hold(Path dir) {
    try (Store store = Store.open(dir, MAP_BYTES)) {
      store
          .environment()
          .read(
              txn -> {
                System.out.println("reading");
                while (true) {
                  LockSupport.park();
                }
              });
    }
  }

  private static void migrate(Path dir) {
    StoreFormat.Migration endless =
        (txn, environment) -> {
          environment.dbi(Environment.STATES).drop(txn);
          System.out.println("migrating");
          while (true) {
            LockSupport.park();
          }
        };
    int now = StoreFormat.CURRENT.version();
    Store.open(dir, MAP_BYTES, new StoreFormat(now + 1, Map.of(now, endless))).close();
  }

  private static void repair(Path dir) {
    System.out.println("repairing");
    Repair.run(dir, null, false, RandomStore.STATES, Meter.unwatched());
    System.out.println("repaired");
  }

  private static void pack(Path dir) {
    try (Store store = Store.open(dir)) {
      store.collect(true);
    }
  }

  /** Checks that the version is there, byte by byte. */
  static void check(Store store, StateName state, long number) throws IOException {
    Version version = store.version(state, number).orElseThrow();
    Entry data = store.directory(state, version.root()).get(0);
    Entry file = store.directory(state, data.content()).get(0);
    Contents expected = content(number);
    Contents.Sink sink = new Contents.Sink();
    store.read(state, file, sink);
    if (!java.util.Arrays.equals(expected.bytes(), sink.bytes.toByteArray())) {
      throw new AssertionError("other content in version " + number);
    }
  }
}
