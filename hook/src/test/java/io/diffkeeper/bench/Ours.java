package io.diffkeeper.bench;

import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.bpf.DirtySink;
import io.diffkeeper.bpf.EventSource;
import io.diffkeeper.capture.Capture;
import io.diffkeeper.capture.Captures;
import io.diffkeeper.files.Attributes;
import io.diffkeeper.files.Dir;
import io.diffkeeper.files.Ids;
import io.diffkeeper.files.Policy;
import io.diffkeeper.files.StateDir;
import io.diffkeeper.replay.Replay;
import io.diffkeeper.replay.ReplayMode;
import io.diffkeeper.store.Draft;
import io.diffkeeper.store.Origin;
import io.diffkeeper.store.StateName;
import io.diffkeeper.store.Store;
import io.diffkeeper.store.Version;
import io.diffkeeper.store.VersionWriter;
import io.diffkeeper.sys.Kernel;
import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Name;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The capture, the store and the replay of the keeper. A source of events tells what changed, as
 * the kernel's do; the first version is a scan of the whole tree.
 */
final class Ours implements Tool {
  private static final Name DATA = Name.of("/data");

  private final Kernel kernel = new Kernel();
  private final Attributes attributes = new Attributes(Ids.SAME, new Policy(true, false));
  private final StateName state;
  private final Path folder;
  private final boolean owner;
  private final HashAlgorithm hash;
  private final Told told = new Told();
  private Store store;
  private StateDir dir;
  private Capture capture;
  private Digest base;

  /** Tells what it was told. */
  private static final class Told implements EventSource {
    private final List<long[]> inodes = new ArrayList<>();

    void changed(Path file) throws IOException {
      inodes.add(new long[] {inode(file), inode(file.getParent())});
      inodes.add(new long[] {inode(file.getParent()), 0});
    }

    private static long inode(Path path) throws IOException {
      return (Long) Files.getAttribute(path, "unix:ino");
    }

    @Override
    public String name() {
      return "told";
    }

    @Override
    public int pollFd() {
      return 0; // never polled here; a source without one is swept instead
    }

    @Override
    public boolean isComplete() {
      return true;
    }

    @Override
    public void drain(DirtySink sink) {
      inodes.forEach(pair -> sink.dirty(pair[0], pair[1], null));
      inodes.clear();
    }

    @Override
    public void close() {
      // Nothing is held.
    }
  }

  Ours(Path folder) throws IOException {
    this(folder, HashAlgorithm.SHA256);
  }

  /** With another digest than the default. */
  Ours(Path folder, HashAlgorithm hash) throws IOException {
    this(Files.createDirectories(folder), Store.open(folder.resolve("store")), "state", hash, true);
  }

  private Ours(Path folder, Store store, String name, HashAlgorithm hash, boolean owner) {
    this.folder = folder;
    this.store = store;
    this.owner = owner;
    this.hash = hash;
    this.state = new StateName("bench", name);
    store.create(state, hash, "");
  }

  /** Another state in the same store, to be closed before this one. */
  Ours beside(String name) {
    return new Ours(folder, store, name, hash, false);
  }

  @Override
  public String name() {
    return hash == HashAlgorithm.SHA256 ? "ours" : "ours, " + hash;
  }

  Store store() {
    return store;
  }

  StateName state() {
    return state;
  }

  private StateDir open(Path path) throws IOException {
    return new StateDir(DATA, Dir.ofHost(kernel, Name.of(path.toString())), true, true);
  }

  private static void note(String line) {
    System.err.println(line);
  }

  @Override
  public Cost capture(Path live, int version, List<Path> changed) throws IOException {
    for (Path file : changed) {
      told.changed(live.resolve(file));
    }
    Cost.Running running = Cost.start();
    try (VersionWriter writer = store.writer(state)) {
      boolean first = capture == null;
      if (first) {
        dir = open(live);
        capture = Captures.of(dir, attributes, Ours::note);
      }
      Capture.Picture picture =
          first ? capture.scan(Map.of(), told, writer) : capture.picture(told, writer);
      base = base == null ? picture.root() : base;
      writer.commit(
          new Draft(
              Draft.LATEST,
              picture.root(),
              base,
              Instant.now(),
              new Origin("bench", ""),
              picture.cut(),
              told.name(),
              false,
              picture.changed(),
              capture.bytes()));
      capture.committed();
    }
    return running.end();
  }

  /** The data file as it is. */
  @Override
  public long storedBytes() {
    return store.fileBytes();
  }

  /** Collects, and goes on with a compacted copy; what the collection took counts. */
  @Override
  public double compact() throws IOException, InterruptedException {
    double before = threadMillis();
    store.collect(true);
    double millis = threadMillis() - before;
    Path copy = folder.resolve("copy");
    store.copy(copy);
    store.close();
    Shell.remove(folder.resolve("store"));
    store = Store.open(copy);
    return millis;
  }

  /** Of a processor, in this thread; see scheduler/sched-stats in the kernel's documentation. */
  private static double threadMillis() throws IOException {
    String nanos = Files.readString(Path.of("/proc/thread-self/schedstat")).split(" ")[0];
    return Long.parseLong(nanos) / (double) TimeUnit.MILLISECONDS.toNanos(1);
  }

  @Override
  public Cost restore(int version, Path into) throws IOException {
    Version stored = store.version(state, version).orElseThrow();
    Cost.Running running = Cost.start();
    try (StateDir target = open(into)) {
      Replay replay = new Replay(store, state, attributes, path -> false, () -> {}, Ours::note);
      replay.run(
          new Replay.Target(stored.root(), stored.root(), null), ReplayMode.EXACT, List.of(target));
    }
    return running.end();
  }

  @Override
  public void close() {
    if (dir != null) {
      dir.close();
    }
    if (owner) {
      store.close();
    }
  }
}
