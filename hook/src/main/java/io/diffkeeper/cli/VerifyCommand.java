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
    description = "Check the store and every byte of a version, of a state, or of all states.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  diffkeeper verify          the whole store",
      "  diffkeeper verify web      all versions of a state",
      "  diffkeeper verify web@3    one"
    })
final class VerifyCommand implements Callable<Integer> {
  @Mixin StateOptions options;

  @Parameters(
      arity = "0..1",
      paramLabel = "NAME[@V]",
      description = "The state, or a version of it (default: all).")
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
      boolean one = name != null && name.indexOf('@') >= 0;
      StateName state = name == null ? null : options.existing(store, options.ref(name).state());
      long version =
          one ? options.ref(name).find(store).version().number() : VerifyReport.ALL_VERSIONS;
      report =
          Progress.during(
              "verify", store::bytesRead, meter::share, () -> store.verify(state, version, meter));
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
