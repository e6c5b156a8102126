package io.diffkeeper.cli;

import io.diffkeeper.keeper.KeeperStatus;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code diffkeeper status}: the running keepers. */
@Command(
    name = "status",
    description = {
      "Show the running keepers: what they hold, their event source, and what they cost.",
      "LAG is the age of the oldest change that is in no version yet. LOST counts kernel events that"
          + " were lost; the tree is then read again."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {"  diffkeeper status", "  diffkeeper status --json | jq '.[] | select(.lag > 5000)'"})
final class StatusCommand implements Callable<Integer> {
  @Mixin StateOptions options;

  @Mixin RunDirOptions running;

  @Mixin OutputOptions output;

  @Override
  public Integer call() {
    Output rows =
        output.table(
            "STATE",
            "VERSION",
            "CUT",
            "LAG",
            "SOURCE",
            "UP",
            "CPU",
            "MEMORY",
            "FILES",
            "SIZE",
            "WRITTEN",
            "EVENTS",
            "LOST",
            "PID",
            "CONTAINER");
    for (KeeperStatus status : running.keepers(options).status()) {
      if (!options.lists(status.state())) {
        continue;
      }
      String container = status.container();
      rows.row(
          status.state(),
          status.version(),
          status.cut(),
          new Output.Millis(status.lagMillis()),
          status.source(),
          new Output.Millis(status.uptimeMillis()),
          new Output.Millis(status.cpuMillis()),
          new Output.Size(status.residentBytes()),
          status.files(),
          new Output.Size(status.bytes()),
          status.versions(),
          status.events(),
          status.lost(),
          status.pid(),
          output.json ? container : Output.abbreviated(container));
    }
    rows.end();
    return 0;
  }
}
