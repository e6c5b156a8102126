package io.diffkeeper.keeper;

import io.diffkeeper.DedupScope;
import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.bpf.Still;
import io.diffkeeper.capture.Freezer;
import io.diffkeeper.capture.WritableMaps;
import io.diffkeeper.config.Configuration;
import io.diffkeeper.files.Dir;
import io.diffkeeper.files.Ids;
import io.diffkeeper.files.StateDir;
import io.diffkeeper.log.Log;
import io.diffkeeper.oci.OptIn;
import io.diffkeeper.replay.ReplayMode;
import io.diffkeeper.store.Origin;
import io.diffkeeper.store.StateName;
import io.diffkeeper.store.Tuning;
import io.diffkeeper.store.Version;
import io.diffkeeper.sys.Call;
import io.diffkeeper.sys.Errno;
import io.diffkeeper.sys.Kernel;
import io.diffkeeper.sys.Syscalls;
import io.diffkeeper.tree.Name;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Containers without a runtime: a folder is a container's {@code /data}, a test writes what the
 * image has and what the container does, and everything in between is the keeper's own.
 */
final class Lives {
  static final StateName STATE = new StateName("test", "state");

  /** The log, by its file, even where syslog listens. */
  final Path logFile;

  private final Path scratch;
  private Configuration configuration;
  private Kernel kernel = new Kernel();
  private boolean persistent = true;
  private boolean fromImage = true;
  private Predicate<Name> excluded = path -> false;

  /** Something that is done to a tree. */
  interface Work {
    void in(Path tree) throws IOException;
  }

  Lives(Path scratch) {
    this.scratch = scratch;
    this.logFile = scratch.resolve("log");
    this.configuration =
        Configuration.load(Optional.empty(), Map.of())
            .with("store", scratch.resolve("store").toString())
            .with("run-dir", scratch.resolve("run").toString())
            .with("lock-wait", "0s");
  }

  Path store() {
    return configuration.store();
  }

  /** All of the keeper's system calls on trees from now on. */
  Lives through(Kernel other) {
    kernel = other;
    return this;
  }

  /** The state-dir is a volume from now on, or a tmpfs if it is not persistent. */
  Lives onVolume(boolean outlivesStop) {
    fromImage = false;
    persistent = outlivesStop;
    return this;
  }

  Lives excluding(Predicate<Name> what) {
    excluded = what;
    return this;
  }

  /** A container's tree, made as its image has it if the container is new. */
  Path tree(String container, Work image) throws IOException {
    Path tree = scratch.resolve("trees").resolve(container);
    if (!Files.exists(tree)) {
      Files.createDirectories(tree);
      image.in(tree);
    }
    return tree;
  }

  /** One life of a container, from its start to its last version. */
  Version live(String container, String image, Work has, Work does) throws IOException {
    return live(container, image, has, does, ReplayMode.MERGE);
  }

  Version live(String container, String image, Work has, Work does, ReplayMode mode)
      throws IOException {
    Path tree = tree(container, has);
    try (StateDir dir = open(tree);
        Hold hold = new Hold(kernel, configuration, log(), subject(container, image, mode))) {
      hold.start(List.of(dir), WritableMaps.none(), Freezer.none(), Still::new);
      does.in(tree);
      return hold.session().last(() -> true);
    }
  }

  /** The right to the state, for a container that is to be kept. */
  Hold hold(String container) {
    return new Hold(kernel, configuration, log(), subject(container, "", ReplayMode.MERGE));
  }

  Configuration configuration() {
    return configuration;
  }

  /** A setting that is another than by default. */
  Lives with(String key, String value) {
    configuration = configuration.with(key, value);
    return this;
  }

  StateDir open(Path tree) throws IOException {
    Dir dir = Dir.ofHost(kernel, Name.of(tree.toString()));
    return new StateDir(Name.of("/data"), dir, persistent, fromImage);
  }

  private Subject subject(String container, String image, ReplayMode mode) {
    return new Subject(
        STATE,
        Optional.empty(),
        new Origin(container, image),
        image,
        false,
        "container " + container,
        Optional.of(mode),
        Optional.empty(),
        OptIn.Consistency.SETTLED,
        excluded,
        Ids.SAME,
        Optional.empty(),
        HashAlgorithm.SHA256,
        DedupScope.CLUSTER,
        Tuning.DEFAULT);
  }

  Log log() {
    Syscalls linux = Kernel.linux();
    Kernel withoutSyslog =
        new Kernel(
            (call, a1, a2, a3, a4, a5) ->
                call == Call.SOCKET ? -Errno.EACCES : linux.call(call, a1, a2, a3, a4, a5));
    return new Log(withoutSyslog, logFile, false);
  }

  /** The log's lines that say a text. */
  List<String> logged(String text) throws IOException {
    try {
      return Files.readAllLines(logFile).stream().filter(line -> line.contains(text)).toList();
    } catch (NoSuchFileException nothing) {
      return new ArrayList<>();
    }
  }
}
