package io.diffkeeper.cli;

import io.diffkeeper.keeper.Supervision;
import io.diffkeeper.replay.ReplayMode;
import io.diffkeeper.store.StateName;
import io.diffkeeper.store.Store;
import io.diffkeeper.store.Version;
import io.diffkeeper.store.Versions;
import io.diffkeeper.sys.Kernel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code diffkeeper run}: supervises a command. */
@Command(
    name = "run",
    description = {
      "Replay directories of this host, run a command, and capture them while it runs.",
      "The last version is durable before it returns. Signals are passed on, QUIT and real-time"
          + " ones among them; the exit code is the command's, 128 and the number for a signal.",
      "As the first process of a container it also waits for orphans."
    },
    modelTransformer = SettingFlags.class,
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  diffkeeper run --name job --state-dir /srv/job -- ./server --port 80",
      "  docker run ... IMAGE diffkeeper run --name app --state-dir /data --store /keep -- app",
      "  diffkeeper run --record --name flaky --state-dir /src -- ./test.sh"
    })
final class RunCommand implements Callable<Integer> {
  @Mixin StateOptions options;

  @Mixin SupervisionOptions supervision;

  @Parameters(arity = "1..*", paramLabel = "CMD", description = "The command and its arguments.")
  List<String> command;

  @Option(
      names = "--record",
      description = {
        "Replay nothing, and name this run's versions run1, run2, ...: a flight recorder.",
        "'diffkeeper compare' tells where two runs part."
      })
  boolean record;

  @Override
  public Integer call() {
    Signals signals = Signals.listen(new Kernel());
    StateName state = supervision.state(options, command);
    Optional<String> recorded = record ? Optional.of(nextRun(state)) : Optional.empty();
    Optional<ReplayMode> mode = record ? Optional.empty() : Optional.of(ReplayMode.MERGE);
    try (Supervision kept = supervision.open(options, state, mode, recorded)) {
      int code = kept.run(command, signals::passTo);
      recorded.ifPresent(run -> System.err.println("diffkeeper: recorded " + state + "@" + run));
      return code;
    }
  }

  private String nextRun(StateName state) {
    Path path = supervision.configuration(options).store();
    long last = 0;
    if (Files.isDirectory(path)) {
      try (Store store = Store.open(path)) {
        if (store.state(state).isPresent()) {
          for (Version version : new Versions(store, state).oldestFirst()) {
            String origin = version.origin().containerId();
            if (origin.matches("run[0-9]{1,9}")) {
              last = Math.max(last, Long.parseLong(origin.substring("run".length())));
            }
          }
        }
      }
    }
    return "run" + (last + 1);
  }
}
