package io.diffkeeper.cli;

import io.diffkeeper.keeper.Keepers;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code diffkeeper metrics}: Prometheus text. */
@Command(
    name = "metrics",
    description = {
      "Print metrics of keepers and store in Prometheus' text format, or serve them over HTTP.",
      "Only a Unix socket, mode 0600, or a loopback address is served."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  diffkeeper metrics > /var/lib/node_exporter/diffkeeper.prom",
      "  diffkeeper metrics --listen 127.0.0.1:9469",
      "  diffkeeper metrics --listen /run/diffkeeper/metrics.sock",
      "  systemctl enable --now diffkeeper-metrics     the same, from each boot on"
    })
final class MetricsCommand implements Callable<Integer> {
  @Mixin StoreOptions options;

  @Mixin RunDirOptions running;

  @Spec CommandSpec spec;

  @Option(
      names = "--listen",
      paramLabel = "ADDRESS",
      description = "Serve until it is ended: 127.0.0.1:PORT, [::1]:PORT, or a socket's path.")
  String listen;

  @Option(
      names = "--ratios",
      description = "Also what deduplication and deltas save, for which all versions are walked.")
  boolean ratios;

  @Override
  public Integer call() throws IOException {
    Path store = options.configuration().store();
    Keepers keepers = running.keepers(options);
    Path runDir = running.dir(options);
    if (listen != null) {
      MetricsServer.serve(listen, () -> Metrics.of(store, keepers, runDir, ratios));
      return 0;
    }
    PrintWriter out = spec.commandLine().getOut();
    out.print(Metrics.of(store, keepers, runDir, ratios));
    out.flush();
    return 0;
  }
}
