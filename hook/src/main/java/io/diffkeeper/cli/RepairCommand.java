package io.diffkeeper.cli;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.Meter;
import io.diffkeeper.keeper.StateLock;
import io.diffkeeper.store.Repair;
import io.diffkeeper.store.RepairReport;
import io.diffkeeper.store.StateName;
import io.diffkeeper.store.VerifyReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code diffkeeper repair}: drops what cannot be saved. */
@Command(
    name = "repair",
    description = {
      "Drop what is damaged in the store, and say which versions lost what. Refused (11) while any"
          + " process uses the store; 'diffkeeper verify' finds damage meanwhile.",
      "A version that lost something keeps the rest; 'diffkeeper log' shows its cut as damaged, and"
          + " no start takes it unless io.diffkeeper.from names it. One of which nothing is left"
          + " goes away. All others stay as they are.",
      "If the file itself is damaged, it is written anew, which takes as much room again; the"
          + " damaged one stays beside it as data.mdb.damaged-TIME until you delete it."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  diffkeeper repair --dry-run     what would be lost; exit code 12 if anything is damaged",
      "  diffkeeper repair               the whole store",
      "  diffkeeper repair web           what one state needs"
    })
final class RepairCommand implements Callable<Integer> {
  @Mixin StateOptions options;

  @Mixin OutputOptions output;

  @Parameters(arity = "0..1", paramLabel = "NAME", description = "The state (default: all).")
  String name;

  @Option(names = "--dry-run", description = "Change nothing.")
  boolean dryRun;

  @Override
  public Integer call() throws IOException {
    if (name == null) {
      options.requireNone();
    }
    Path store = options.configuration().store();
    StateName only = name == null ? null : options.state(name);
    List<StateName> known = new ArrayList<>(StateLock.states(store));
    requireFree(store, known);
    if (only != null) {
      known.add(only);
    }
    Meter meter = new Meter();
    RepairReport report =
        Progress.during(
            "repair", () -> 0, meter::share, () -> Repair.run(store, only, dryRun, known, meter));
    if (output.json || !report.losses().isEmpty()) {
      Output rows = output.table("STATE", "VERSIONS", "PATH", "LOSS");
      for (VerifyReport.Problem loss : report.losses()) {
        rows.row(loss.state(), loss.versions(), loss.path(), loss.what());
      }
      rows.end();
    }
    if (!output.json) {
      output.out().println(summary(report));
    }
    if (report.kept() != null) {
      output.note("the damaged file is kept: " + report.kept());
    }
    return dryRun && !report.ok() ? ExitCode.CORRUPT.code() : 0;
  }

  /** A keeper's name says more than that some process has the store open. */
  private static void requireFree(Path store, List<StateName> states) {
    for (StateName state : states) {
      String holder = StateLock.holder(store, state);
      if (holder != null) {
        throw new DiffKeeperException(
            ExitCode.BUSY,
            "store " + store + " cannot be repaired while " + holder + " holds state " + state);
      }
    }
  }

  private String summary(RepairReport report) {
    if (report.ok()) {
      return report.versions() + " versions: ok";
    }
    return String.format(
        "%d versions %s: %d damaged, %d lost; %d damaged objects",
        report.versions(),
        dryRun ? "would be left" : "left",
        report.damaged(),
        report.dropped(),
        report.objects());
  }
}
