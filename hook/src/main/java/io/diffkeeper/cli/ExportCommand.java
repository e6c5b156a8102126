package io.diffkeeper.cli;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.files.Attributes;
import io.diffkeeper.files.Dir;
import io.diffkeeper.files.Ids;
import io.diffkeeper.files.Policy;
import io.diffkeeper.files.StateDir;
import io.diffkeeper.replay.Replay;
import io.diffkeeper.replay.ReplayMode;
import io.diffkeeper.store.Store;
import io.diffkeeper.store.VersionRef;
import io.diffkeeper.sys.Kernel;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.Name;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code diffkeeper export}: a version's files, out of the store. */
@Command(
    name = "export",
    description = "Write a version's files into a new directory, each state-dir under its path.",
    mixinStandardHelpOptions = true)
final class ExportCommand implements Callable<Integer> {
  @Mixin StoreOptions options;

  @Parameters(paramLabel = "NAME[@V]", description = "The state and version.")
  String name;

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "Where to.")
  Path out;

  @Spec CommandSpec spec;

  @Override
  public Integer call() {
    Kernel kernel = new Kernel();
    List<StateDir> dirs = new ArrayList<>();
    try (Store store = options.open()) {
      VersionRef.Found found = options.ref(name).find(store);
      requireEmpty();
      for (Entry top : VersionTree.of(store, found).stateDirs()) {
        Path directory = out.toAbsolutePath().resolve(top.name().toString().substring(1));
        Files.createDirectories(directory);
        dirs.add(
            new StateDir(
                top.name(), Dir.ofHost(kernel, Name.of(directory.toString())), true, true));
      }
      Attributes attributes = new Attributes(Ids.SAME, new Policy(true, true));
      Replay.Target target = new Replay.Target(found.root(), found.root(), null);
      Replay.Done done =
          new Replay(store, found.state(), attributes, path -> false, () -> {}, this::note)
              .run(target, ReplayMode.EXACT, dirs);
      spec.commandLine()
          .getOut()
          .printf("%d entries, %s, in %s%n", done.entries(), new Output.Size(done.bytes()), out);
      return 0;
    } catch (IOException e) {
      throw new DiffKeeperException(ExitCode.INTERNAL, out + ": " + e.getMessage(), e);
    } finally {
      dirs.forEach(StateDir::close);
    }
  }

  private void note(String line) {
    spec.commandLine().getErr().println("diffkeeper: " + line);
  }

  private void requireEmpty() throws IOException {
    if (Files.exists(out)) {
      try (var entries = Files.newDirectoryStream(out)) {
        if (entries.iterator().hasNext()) {
          throw new DiffKeeperException(ExitCode.BAD_INPUT, out + ": is not empty");
        }
      }
    }
  }
}
