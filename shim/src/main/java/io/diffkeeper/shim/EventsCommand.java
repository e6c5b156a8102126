package io.diffkeeper.shim;

import io.diffkeeper.log.Log;
import io.diffkeeper.shim.adoption.Tally;
import io.diffkeeper.shim.events.EventsService;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code diffkeeper-shim events}: reconciliation with containerd. */
@Command(
    name = "events",
    description = {
      "Compare what containerd runs with what has a keeper, by its events.",
      "A container whose config.json opts in and that runs without a keeper is captured from then"
          + " on, without a replay; what an ended container left whose keeper died is captured,"
          + " if it is still there. Ends for want of memory are logged.",
      "It serves until it is ended, and connects again for ever."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = "  diffkeeper-shim events --socket /run/containerd/containerd.sock")
final class EventsCommand implements Callable<Integer> {
  @Mixin ServiceOptions options;

  @Option(
      names = "--socket",
      paramLabel = "FILE",
      description = "containerd's socket (default ${DEFAULT-VALUE}).")
  Path socket = Path.of("/run/containerd/containerd.sock");

  @Override
  public Integer call() {
    Log log = options.log("events");
    Tally tally = new Tally(options.runDir, "events");
    new EventsService(socket, options.adopter(tally, log), tally, log).run();
    return 0;
  }
}
