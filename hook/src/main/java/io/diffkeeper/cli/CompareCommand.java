package io.diffkeeper.cli;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.history.Divergence;
import io.diffkeeper.store.Store;
import io.diffkeeper.store.VersionRef;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code diffkeeper compare}: where two recorded runs part. */
@Command(
    name = "compare",
    description = {
      "Tell where two runs that 'diffkeeper run --record' recorded part from each other.",
      "What ended differently comes first, in the order in which it began to differ."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  diffkeeper run --record --name flaky --state-dir /src -- ./test.sh     again and again",
      "  diffkeeper compare flaky@run1 flaky@run2",
      "  diffkeeper diff flaky run1 run2 --path /src/out.log"
    })
final class CompareCommand implements Callable<Integer> {
  private static final String RUN = "run[0-9]+";

  @Mixin StateOptions options;

  @Mixin OutputOptions output;

  @Parameters(index = "0", paramLabel = "NAME@runA", description = "A recorded run.")
  String first;

  @Parameters(index = "1", paramLabel = "NAME@runB", description = "Another one of it.")
  String second;

  @Override
  public Integer call() {
    VersionRef a = options.ref(first);
    VersionRef b = options.ref(second);
    if (!a.which().matches(RUN) || !b.which().matches(RUN) || !a.state().equals(b.state())) {
      throw new DiffKeeperException(
          ExitCode.USAGE, "give two runs of one state: NAME@run1 NAME@run2");
    }
    List<Divergence.Point> points;
    try (Store store = options.open()) {
      a.find(store);
      b.find(store);
      points = Divergence.between(store, a.state(), a.which(), b.which());
    }
    if (points.isEmpty() && !output.json) {
      output.out().println("no difference");
      return 0;
    }
    Output rows =
        output.table("AFTER", "RUN", "VERSION", "OPERATION", "PATH", "PROCESS", "OUTCOME");
    for (Divergence.Point point : points) {
      rows.row(
          new Output.Millis(point.at().toMillis()),
          point.first() ? a.which() : b.which(),
          point.version(),
          point.operation(),
          point.path(),
          point.author(),
          point.lasting() ? "differs" : "same");
    }
    rows.end();
    return 0;
  }
}
