package io.diffkeeper.cli;

import io.diffkeeper.keeper.Keepers;
import io.diffkeeper.store.StateName;
import io.diffkeeper.sys.Kernel;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code diffkeeper commit}: a barrier. */
@Command(
    name = "commit",
    description = "Return when everything that was written before is durable.",
    mixinStandardHelpOptions = true)
final class CommitCommand implements Callable<Integer> {
  @Mixin StoreOptions options;

  @Option(names = "--run-dir", paramLabel = "DIR", description = "The run directory.")
  Path runDir;

  @Parameters(paramLabel = "NAME", description = "The state of a running container.")
  String name;

  @Spec CommandSpec spec;

  @Override
  public Integer call() {
    StateName state = options.ref(name).state();
    Path dir = runDir == null ? options.configuration().runDir() : runDir;
    spec.commandLine().getOut().println(new Keepers(new Kernel(), dir).commit(state));
    return 0;
  }
}
