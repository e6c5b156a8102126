package io.diffkeeper.cli;

import io.diffkeeper.ExitCode;
import io.diffkeeper.Meter;
import io.diffkeeper.store.StateName;
import io.diffkeeper.store.Store;
import io.diffkeeper.store.VerifyReport;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code diffkeeper verify}: re-hashes everything. */
@Command(
    name = "verify",
    description = "Check the store and every byte of a state, or of all states.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {"  diffkeeper verify          the whole store", "  diffkeeper verify web"})
final class VerifyCommand implements Callable<Integer> {
  @Mixin StateOptions options;

  @Parameters(arity = "0..1", paramLabel = "NAME", description = "The state (default: all).")
  String name;

  @Mixin OutputOptions output;

  @Override
  public Integer call() throws IOException {
    if (name == null) {
      options.requireNone();
    }
    VerifyReport report;
    Meter meter = new Meter();
    try (Store store = options.open()) {
      StateName state = name == null ? null : options.existing(store, name);
      report =
          Progress.during(
              "verify", store::bytesRead, meter::share, () -> store.verify(state, meter));
    }
    if (output.json || !report.problems().isEmpty()) {
      Output rows = output.table("STATE", "VERSIONS", "PATH", "DIGEST", "PROBLEM");
      for (VerifyReport.Problem problem : report.problems()) {
        rows.row(
            problem.state(), problem.versions(), problem.path(), problem.digest(), problem.what());
      }
      rows.end();
    }
    if (!output.json) {
      output
          .out()
          .printf(
              "%d versions, %d objects, %s: %s%n",
              report.versions(),
              report.objects(),
              new Output.Size(report.bytes()),
              report.problems().isEmpty() ? "ok" : report.problems().size() + " problems");
    }
    return report.problems().isEmpty() ? 0 : ExitCode.CORRUPT.code();
  }
}
