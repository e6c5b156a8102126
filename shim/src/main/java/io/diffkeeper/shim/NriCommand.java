package io.diffkeeper.shim;

import io.diffkeeper.keeper.Launcher;
import io.diffkeeper.log.Log;
import io.diffkeeper.shim.adoption.Tally;
import io.diffkeeper.shim.nri.NriService;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code diffkeeper-shim nri}: the NRI plugin. */
@Command(
    name = "nri",
    description = {
      "Put the hooks into containers that opt in, as an NRI plugin of containerd 1.7 or later, or"
          + " CRI-O.",
      "A runtime goes on without a plugin that is not there: containers that it starts meanwhile"
          + " have no state. They are found when it is back, logged, counted in diffkeeper metrics,"
          + " and captured from then on.",
      "It serves until it is ended, and connects again for ever."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = "  diffkeeper-shim nri --socket /var/run/nri/nri.sock")
final class NriCommand implements Callable<Integer> {
  @Spec CommandSpec spec;

  @Mixin ServiceOptions options;

  @Option(
      names = "--socket",
      paramLabel = "FILE",
      description = "The runtime's NRI socket (default ${DEFAULT-VALUE}).")
  Path socket = Path.of("/var/run/nri/nri.sock");

  @Option(
      names = "--index",
      paramLabel = "NN",
      description =
          "Two digits: a runtime calls its plugins in this order (default ${DEFAULT-VALUE}).")
  String index = "50";

  @Override
  public Integer call() {
    if (!index.matches("[0-9]{2}")) {
      throw new ParameterException(spec.commandLine(), "--index " + index + ": not two digits");
    }
    Log log = options.log("nri");
    Tally tally = new Tally(options.runDir, "nri");
    Launcher launcher = options.launcher();
    new NriService(
            socket,
            index,
            launcher.program(),
            launcher.options(),
            options.adopter(tally, log),
            tally,
            log)
        .run();
    return 0;
  }
}
