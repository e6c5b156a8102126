package io.diffkeeper.cli;

import io.diffkeeper.keeper.Supervision;
import io.diffkeeper.replay.ReplayMode;
import io.diffkeeper.store.StateName;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code diffkeeper replay}: replays, and nothing else. */
@Command(
    name = "replay",
    description = "Bring directories of this host to a state's newest version.",
    modelTransformer = SettingFlags.class,
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  diffkeeper replay --name job --state-dir /srv/job",
      "  diffkeeper replay --name job --state-dir /srv/job --mode exact"
    })
final class ReplayCommand implements Callable<Integer> {
  @Mixin StateOptions options;

  @Mixin SupervisionOptions supervision;

  @Option(names = "--mode", description = "merge (the default) or exact: ${COMPLETION-CANDIDATES}.")
  ReplayMode mode = ReplayMode.MERGE;

  @Override
  public Integer call() {
    StateName state = supervision.state(options, List.of());
    try (Supervision kept = supervision.open(options, state, Optional.of(mode), Optional.empty())) {
      kept.replay();
    }
    return 0;
  }
}
