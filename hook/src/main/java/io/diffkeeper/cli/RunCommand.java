package io.diffkeeper.cli;

import io.diffkeeper.keeper.Supervision;
import io.diffkeeper.replay.ReplayMode;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code diffkeeper run}: supervises a command. */
@Command(
    name = "run",
    description = {
      "Replay directories of this host, run a command, and capture them while it runs.",
      "Signals are passed on; the exit code is the command's."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  diffkeeper run --name job --state-dir /srv/job -- ./server --port 80",
      "  docker run ... IMAGE diffkeeper run --name app --state-dir /data --store /keep -- app"
    })
final class RunCommand implements Callable<Integer> {
  @Mixin StoreOptions options;

  @Mixin SupervisionOptions supervision;

  @Parameters(arity = "1..*", paramLabel = "CMD", description = "The command and its arguments.")
  List<String> command;

  @Override
  public Integer call() {
    try (Supervision kept = supervision.open(options, ReplayMode.MERGE)) {
      return kept.run(command, Signals::passTo);
    }
  }
}
