package io.diffkeeper.cli;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.archive.TarImport;
import io.diffkeeper.bpf.Still;
import io.diffkeeper.capture.Capture;
import io.diffkeeper.capture.Freezer;
import io.diffkeeper.capture.Profiler;
import io.diffkeeper.capture.WritableMaps;
import io.diffkeeper.config.Configuration;
import io.diffkeeper.files.Attributes;
import io.diffkeeper.files.Dir;
import io.diffkeeper.files.Ids;
import io.diffkeeper.files.Policy;
import io.diffkeeper.files.StateDir;
import io.diffkeeper.keeper.StateLock;
import io.diffkeeper.store.Cut;
import io.diffkeeper.store.Draft;
import io.diffkeeper.store.Origin;
import io.diffkeeper.store.StateInfo;
import io.diffkeeper.store.StateName;
import io.diffkeeper.store.Store;
import io.diffkeeper.store.Version;
import io.diffkeeper.store.VersionWriter;
import io.diffkeeper.sys.Kernel;
import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.Name;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code diffkeeper import}: a directory or archive becomes a version. */
@Command(
    name = "import",
    description = {
      "Make a directory or a tar archive a state's next version, as export writes them.",
      "The next new container of that name gets it. No container may be running on the state."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  diffkeeper import web --from web.tar",
      "  diffkeeper import web --from DIR --state-dir /data   DIR/data becomes /data",
      "  ssh host tar -c -C / srv/app | diffkeeper import app --from - --state-dir /srv/app"
    })
final class ImportCommand implements Callable<Integer> {
  private static final String STREAM = "-";
  private static final String ORIGIN = "import";

  @Mixin StateOptions options;

  @Mixin OutputOptions output;

  @Parameters(paramLabel = "NAME", description = "The state, made if it is new.")
  String name;

  @Option(
      names = "--from",
      required = true,
      paramLabel = "DIR|FILE.tar|-",
      description = "A directory, a tar archive (not compressed), or - for standard input.")
  String from;

  @Option(
      names = "--state-dir",
      split = ",",
      paramLabel = "DIR",
      description = "The state-dirs, as the container sees them (default: those it had).")
  List<String> stateDirs = List.of();

  @Option(
      names = "--image",
      paramLabel = "REPOSITORY",
      description = "If the state is new: the image repository that may name it by annotation.")
  String image = "";

  @Override
  public Integer call() throws IOException {
    Configuration configuration = options.configuration();
    StateName state = options.state(name);
    String holder = "process " + ProcessHandle.current().pid() + " (diffkeeper import)";
    try (Store store = Store.open(configuration.store())) {
      StateLock lock =
          StateLock.acquire(configuration.store(), state, holder, configuration.lockWait());
      try (lock) {
        commit(store, state, configuration);
      }
    }
    return 0;
  }

  private void commit(Store store, StateName state, Configuration configuration)
      throws IOException {
    StateInfo before = store.state(state).orElse(null);
    List<Name> paths = paths(store, before, state);
    StateInfo info =
        store.create(state, configuration.hashAlgo(), configuration.dedupScope(), image);
    Version version;
    try {
      version = commit(store, info, paths);
    } catch (IOException | RuntimeException failed) {
      if (before == null) {
        store.remove(state);
      }
      throw failed;
    }
    store.started(state, ORIGIN); // so that no older container takes its tree for the newest
    Output rows = output.table("STATE", "VERSION", "FILES", "BYTES");
    rows.row(state, version.number(), version.filesChanged(), new Output.Size(version.bytes()));
    rows.end();
  }

  private List<Name> paths(Store store, StateInfo info, StateName state) {
    if (stateDirs.isEmpty()) {
      if (info == null || info.latest() == null) {
        throw new DiffKeeperException(
            ExitCode.USAGE,
            "state " + state + " has no version: --state-dir has to say what it is");
      }
      return store.directory(state, info.latest().root()).stream().map(Entry::name).toList();
    }
    for (String dir : stateDirs) {
      Path path = Path.of(dir);
      if (!path.isAbsolute() || !path.normalize().toString().equals(dir) || dir.length() == 1) {
        throw new DiffKeeperException(
            ExitCode.USAGE, "--state-dir " + dir + ": not an absolute path of a directory");
      }
    }
    return stateDirs.stream().map(Name::of).toList();
  }

  private Version commit(Store store, StateInfo info, List<Name> paths) throws IOException {
    try (VersionWriter writer = store.writer(info.name())) {
      TarImport.Done done =
          Files.isDirectory(Path.of(from)) ? directory(paths, writer) : archive(paths, writer);
      Digest base = info.latest() == null ? empty(done.tops(), writer) : info.latest().base();
      return writer.commit(
          new Draft(
              Draft.LATEST,
              done.root(),
              base,
              Instant.now(),
              new Origin(ORIGIN, image),
              Cut.SETTLED,
              ORIGIN,
              true,
              done.files(),
              done.bytes()));
    }
  }

  /** No image has any of it: so everything is replayed over whatever image comes. */
  private static Digest empty(List<Entry> tops, VersionWriter writer) {
    Digest nothing = writer.directory(List.of());
    return writer.directory(
        tops.stream()
            .map(top -> new Entry(top.name(), top.metadata(), 0, nothing, null, 0))
            .toList());
  }

  private TarImport.Done archive(List<Name> paths, VersionWriter writer) throws IOException {
    long total = from.equals(STREAM) ? 0 : Files.size(Path.of(from));
    try (Counted in =
        new Counted(from.equals(STREAM) ? System.in : Files.newInputStream(Path.of(from)))) {
      return Progress.during("import", in::count, total, () -> TarImport.read(in, paths, writer));
    }
  }

  private TarImport.Done directory(List<Name> paths, VersionWriter writer) throws IOException {
    Kernel kernel = new Kernel();
    List<StateDir> dirs = new ArrayList<>();
    try {
      for (Name path : paths) {
        Path directory = Path.of(from).toAbsolutePath().resolve(path.toString().substring(1));
        if (!Files.isDirectory(directory)) {
          throw new DiffKeeperException(ExitCode.BAD_INPUT, directory + ": no such directory");
        }
        dirs.add(new StateDir(path, Dir.ofHost(kernel, Name.of(directory.toString())), true, true));
      }
      Capture capture =
          new Capture(
              dirs,
              new Attributes(Ids.SAME, new Policy(true, true)),
              none -> false,
              WritableMaps.none(),
              Freezer.none(),
              List.of(),
              1,
              new Profiler(1),
              output::note);
      Digest root = capture.scan(Map.of(), new Still(), writer).root();
      List<Entry> tops = paths.stream().map(capture.entries()::get).toList();
      return new TarImport.Done(root, tops, capture.files(), capture.bytes());
    } finally {
      dirs.forEach(StateDir::close);
    }
  }

  /** A stream that counts what was read of it. */
  private static final class Counted extends InputStream {
    private static final int BUFFER_BYTES = 1 << 16;

    private final InputStream in;
    private final AtomicLong count = new AtomicLong();

    Counted(InputStream in) {
      this.in = new BufferedInputStream(in, BUFFER_BYTES);
    }

    long count() {
      return count.get();
    }

    @Override
    public int read() throws IOException {
      int b = in.read();
      count.addAndGet(b < 0 ? 0 : 1);
      return b;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      int n = in.read(into, offset, length);
      count.addAndGet(Math.max(n, 0));
      return n;
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
