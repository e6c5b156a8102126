package io.diffkeeper.cli;

import io.diffkeeper.ExitCode;
import io.diffkeeper.Meter;
import io.diffkeeper.store.StateName;
import io.diffkeeper.store.Store;
import io.diffkeeper.store.VerifyReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code diffkeeper verify}: re-hashes everything. */
@Command(
    name = "verify",
    description = "Check the store and every byte of a state, or of all states.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {"  diffkeeper verify          the whole store", "  diffkeeper verify web"})
final class VerifyCommand implements Callable<Integer> {
  @Mixin StoreOptions options;

  @Parameters(arity = "0..1", paramLabel = "NAME", description = "The state (default: all).")
  String name;

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Spec CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    VerifyReport report;
    Meter meter = new Meter();
    try (Store store = options.open()) {
      StateName state = name == null ? null : options.existing(store, name);
      report =
          Progress.during(
              "verify", store::bytesRead, meter::share, () -> store.verify(state, meter));
    }
    PrintWriter out = spec.commandLine().getOut();
    Output output = new Output("STATE", "VERSIONS", "PATH", "DIGEST", "PROBLEM");
    for (VerifyReport.Problem problem : report.problems()) {
      output.row(
          problem.state(), problem.versions(), problem.path(), problem.digest(), problem.what());
    }
    if (json || !report.problems().isEmpty()) {
      output.print(out, json);
    }
    if (!json) {
      out.printf(
          "%d versions, %d objects, %s: %s%n",
          report.versions(),
          report.objects(),
          new Output.Size(report.bytes()),
          report.problems().isEmpty() ? "ok" : report.problems().size() + " problems");
    }
    return report.problems().isEmpty() ? 0 : ExitCode.CORRUPT.code();
  }
}
