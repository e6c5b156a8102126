package io.diffkeeper.cli;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.Meter;
import io.diffkeeper.report.Report;
import io.diffkeeper.store.StateName;
import io.diffkeeper.store.Store;
import io.diffkeeper.store.Versions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code diffkeeper report}: a state's history as a page. */
@Command(
    name = "report",
    description = {
      "Write a state's history as one HTML page that needs no network: versions, sizes, hot paths,"
          + " and each file's history with its text."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {"  diffkeeper report web --out report.html"})
final class ReportCommand implements Callable<Integer> {
  @Mixin StateOptions options;

  @Mixin OutputOptions output;

  @Parameters(paramLabel = "NAME", description = "The state.")
  String name;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description = "Where to; an older file is replaced.")
  Path out;

  @Option(
      names = "--versions",
      paramLabel = "N",
      description = "How many of the newest versions (default: ${DEFAULT-VALUE}).")
  int versions = 500;

  @Override
  public Integer call() throws IOException {
    if (versions < 1) {
      throw new DiffKeeperException(ExitCode.USAGE, "--versions: is less than 1");
    }
    StateName state;
    String page;
    Meter meter = new Meter();
    try (Store store = options.open()) {
      state = options.existing(store, name);
      if (new Versions(store, state).count() == 0) {
        throw new DiffKeeperException(ExitCode.NOT_FOUND, "no version of a state " + state);
      }
      page =
          Progress.during(
              "report",
              store::bytesRead,
              meter::share,
              () -> Report.of(store, state, versions, meter));
    }
    OutputFile.replace(out, part -> Files.writeString(part, page));
    Output rows = output.table("STATE", "OUT", "BYTES");
    rows.row(state, out, new Output.Size(Files.size(out)));
    rows.end();
    return 0;
  }
}
