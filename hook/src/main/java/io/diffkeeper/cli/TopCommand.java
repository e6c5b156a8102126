package io.diffkeeper.cli;

import io.diffkeeper.keeper.KeeperStatus;
import io.diffkeeper.keeper.Keepers;
import java.io.PrintWriter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code diffkeeper top}: what keepers do now. */
@Command(
    name = "top",
    description = {
      "Show what running keepers do and the files that change most, again every second.",
      "In a pipe, or with --once: one picture, with averages since each keeper's start."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {"  diffkeeper top", "  diffkeeper top --once --json"})
final class TopCommand implements Callable<Integer> {
  private static final String CLEAR = "\033[H\033[J";
  private static final double PERCENT = 100;

  @Mixin StateOptions options;

  @Mixin RunDirOptions running;

  @Mixin OutputOptions output;

  @Option(names = "--once", description = "One picture, and no more.")
  boolean once;

  private final Map<Long, KeeperStatus> before = new HashMap<>();

  @Override
  public Integer call() throws InterruptedException {
    Keepers keepers = running.keepers(options);
    if (once || output.json || !Screen.isTerminal(Screen.OUT)) {
      table(status(keepers));
      return 0;
    }
    PrintWriter out = output.out();
    while (!out.checkError()) { // until it is interrupted, or the terminal has gone
      List<KeeperStatus> all = status(keepers);
      out.print(CLEAR);
      table(all);
      out.flush();
      all.forEach(status -> before.put(status.pid(), status));
      TimeUnit.SECONDS.sleep(1);
    }
    return 0;
  }

  private List<KeeperStatus> status(Keepers keepers) {
    return keepers.status().stream().filter(status -> options.lists(status.state())).toList();
  }

  private void table(List<KeeperStatus> all) {
    Output rows =
        output.table(
            "STATE",
            "PATH",
            "CHANGES PER SECOND",
            "CPU PERCENT",
            "MEMORY",
            "LAG",
            "EVENTS PER" + " SECOND",
            "VERSIONS PER SECOND");
    for (KeeperStatus status : all) {
      KeeperStatus then = before.get(status.pid());
      double millis = status.uptimeMillis() - (then == null ? 0 : then.uptimeMillis());
      double seconds = Math.max(1, millis) / TimeUnit.SECONDS.toMillis(1);
      rows.row(
          status.state(),
          null,
          null,
          rate(PERCENT * (status.cpuMillis() - (then == null ? 0 : then.cpuMillis())), millis),
          new Output.Size(status.residentBytes()),
          new Output.Millis(status.lagMillis()),
          rate(status.events() - (then == null ? 0 : then.events()), seconds),
          rate(status.versions() - (then == null ? 0 : then.versions()), seconds));
      for (KeeperStatus.Hot hot : status.hot()) {
        rows.row(
            status.state(), hot.path(), new Output.Rate(hot.rate()), null, null, null, null, null);
      }
    }
    rows.end();
  }

  private static Output.Rate rate(double count, double per) {
    return new Output.Rate(count / Math.max(per, 1e-3));
  }
}
