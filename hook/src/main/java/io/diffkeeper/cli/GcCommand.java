package io.diffkeeper.cli;

import io.diffkeeper.Meter;
import io.diffkeeper.store.CollectReport;
import io.diffkeeper.store.Store;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code diffkeeper gc}: frees what no version needs. */
@Command(
    name = "gc",
    description = {
      "Free what no version needs and pack what is in use, while keepers go on.",
      "The store's file does not become smaller: what is free in it is used again."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {"  diffkeeper gc"})
final class GcCommand implements Callable<Integer> {
  @Mixin StoreOptions options;

  @Option(names = "--all", description = "Pack everything, however little or large it is.")
  boolean all;

  @Mixin OutputOptions output;

  @Override
  public Integer call() throws IOException {
    CollectReport report;
    Meter meter = new Meter();
    try (Store store = options.open()) {
      report =
          Progress.during("gc", store::bytesRead, meter::share, () -> store.collect(all, meter));
    }
    if (output.json) {
      Output rows = output.table("OBJECTS", "REMOVED", "PACKED", "PACKS REMOVED");
      rows.row(report.objects(), report.removed(), report.packed(), report.packsRemoved());
      rows.end();
    } else {
      output
          .out()
          .printf(
              "%d objects in use, %d removed, %d packed; %d packs removed%n",
              report.objects(), report.removed(), report.packed(), report.packsRemoved());
    }
    return 0;
  }
}
