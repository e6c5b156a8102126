package io.diffkeeper.keeper;

import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.bpf.EventSource;
import io.diffkeeper.bpf.EventTarget;
import io.diffkeeper.bpf.Still;
import io.diffkeeper.capture.Capture;
import io.diffkeeper.capture.Captures;
import io.diffkeeper.capture.Freezer;
import io.diffkeeper.capture.WritableMaps;
import io.diffkeeper.files.Attributes;
import io.diffkeeper.files.Ids;
import io.diffkeeper.files.Policy;
import io.diffkeeper.files.StateDir;
import io.diffkeeper.history.Change;
import io.diffkeeper.history.Timeline;
import io.diffkeeper.replay.Replay;
import io.diffkeeper.replay.ReplayMode;
import io.diffkeeper.store.StateName;
import io.diffkeeper.store.Store;
import io.diffkeeper.store.Version;
import io.diffkeeper.store.VersionWriter;
import io.diffkeeper.sys.Kernel;
import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.Name;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;

/**
 * A command in a cgroup of its own whose directory is kept, by all of a keeper but what talks to
 * runtimes: capture runs on a thread of its own, as long as the command does.
 */
final class Kept implements AutoCloseable {
  static final Path OBJECTS = Path.of("../bpf/target/bpf");
  private static final Attributes ATTRIBUTES = new Attributes(Ids.SAME, new Policy(false, false));
  private static final int SIGKILL = 9;

  private final Kernel kernel = new Kernel();
  private final Lives lives;
  private final Path tree;
  private final StateDir dir;
  private final Command command;
  private final EventSource source;
  private final Hold hold;
  private CompletableFuture<Void> watching;

  /**
   * Creates the command, and gets ready to capture.
   *
   * @param scratch for the store
   * @param tree the directory to keep
   * @param settings of the configuration
   */
  Kept(Path scratch, Path tree, Map<String, String> settings, String... words) throws IOException {
    this.tree = tree;
    System.setProperty("diffkeeper.home", OBJECTS.getParent().toString());
    lives = new Lives(scratch);
    new TreeMap<>(settings).forEach(lives::with); // capture-delay before capture-max-delay
    command = new Command(kernel, List.of(words));
    EventTarget target = EventTarget.of(command.pid());
    source = Home.events(lives.configuration(), target, lives.log());
    hold = lives.hold("one");
    dir = lives.open(tree);
    hold.start(List.of(dir), WritableMaps.of(command.pid()), Freezer.none(), () -> source);
  }

  /** Compiles the program that performs every file operation. */
  static Path program(Path folder) {
    Path program = folder.resolve("fileops");
    FileSystems.run(
        "sh", "-c", "gcc -std=gnu11 -O1 src/test/c/fileops*.c -o \"$0\"", program.toString());
    return program;
  }

  EventSource source() {
    return source;
  }

  Session session() {
    return hold.session();
  }

  /** Lets the command run, and captures what it does. */
  void start() {
    startWithoutUs();
    watch();
  }

  /** Lets the command run as if the keeper were stopped. */
  void startWithoutUs() {
    command.start();
  }

  /** Captures what the command does, and has done. */
  void watch() {
    int process = (int) kernel.pidfdOpen(command.pid());
    watching =
        CompletableFuture.runAsync(
            () -> {
              Watch watch =
                  new Watch(kernel, lives.configuration(), hold, lives.log(), Watch.Chores.NONE);
              watch.run(process, -1);
              kernel.close(process);
            });
  }

  /** Waits until the newest version is what is there, while the command goes on. */
  void awaitLive() throws Exception {
    try {
      Await.until("the newest version is what is there", () -> live().equals(latest().root()));
    } catch (AssertionError late) {
      throw new AssertionError(String.join("\n", differences()), late);
    }
  }

  /** Kills the command, if it has not ended, and writes the last version. */
  void end() {
    command.signal(SIGKILL);
    watching.join();
    hold.session().last(() -> true);
  }

  Version latest() {
    try (Store store = Store.openExisting(lives.store())) {
      return store.state(Lives.STATE).orElseThrow().latest();
    }
  }

  /** The versions so far, newest first. */
  List<Version> versions() {
    try (Store store = Store.openExisting(lives.store())) {
      return store.versions(Lives.STATE);
    }
  }

  /** What each version changed, oldest first. */
  List<Timeline.Step> timeline() {
    List<Timeline.Step> steps = new ArrayList<>();
    try (Store store = Store.openExisting(lives.store())) {
      new Timeline(store, Lives.STATE)
          .walk(
              any -> true,
              step -> {
                List<Change> changes = new ArrayList<>();
                step.changes().forEach(changes::add);
                steps.add(new Timeline.Step(step.version(), step.before(), changes));
              });
    }
    return steps;
  }

  /** Writes a version's files into a new directory. */
  void export(Version version, Path into) throws IOException {
    try (Store store = Store.openExisting(lives.store());
        StateDir copy = lives.open(Files.createDirectories(into))) {
      Replay replay =
          new Replay(store, Lives.STATE, ATTRIBUTES, path -> false, () -> {}, note -> {});
      Replay.Target target = new Replay.Target(version.root(), version.root(), null);
      replay.run(target, ReplayMode.EXACT, List.of(copy));
    }
  }

  /** What a first look at the directory finds, by all of its bytes. */
  private Digest live() throws IOException {
    try (Store store = Store.open(lives.store().resolveSibling("other"));
        StateDir fresh = lives.open(tree)) {
      return scan(store, fresh).root();
    }
  }

  private record Look(Digest root, Map<Name, Entry> entries) {}

  private static Look scan(Store store, StateDir dir) throws IOException {
    StateName state = Lives.STATE;
    if (store.state(state).isEmpty()) {
      store.create(state, HashAlgorithm.SHA256, "");
    }
    Capture capture = Captures.of(dir, ATTRIBUTES, note -> {});
    try (VersionWriter writer = store.writer(state)) {
      return new Look(capture.scan(Map.of(), new Still(), writer).root(), capture.entries());
    }
  }

  /** Paths that are not in the newest version as they are in the directory, and why. */
  List<String> differences() throws IOException {
    try (Store store = Store.open(lives.store().resolveSibling("other"));
        StateDir fresh = lives.open(tree)) {
      Look look = scan(store, fresh);
      if (look.root().equals(latest().root())) {
        return List.of();
      }
      Map<Name, Entry> captured = hold.session().capture().entries();
      TreeSet<String> lines = new TreeSet<>();
      look.entries()
          .forEach(
              (path, entry) -> {
                Entry ours = captured.get(path);
                if (ours == null || !ours.sameAs(entry)) {
                  lines.add(path + "\n  is  " + entry + "\n  was " + ours);
                }
              });
      captured.keySet().stream()
          .filter(path -> !look.entries().containsKey(path))
          .forEach(path -> lines.add(path + " is gone"));
      return lines.isEmpty() ? List.of("only the newest version differs") : List.copyOf(lines);
    }
  }

  @Override
  public void close() {
    command.close();
    if (watching != null) {
      watching.exceptionally(failed -> null).join();
    }
    source.close();
    dir.close();
    hold.close();
  }
}
