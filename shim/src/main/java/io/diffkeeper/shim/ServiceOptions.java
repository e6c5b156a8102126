package io.diffkeeper.shim;

import io.diffkeeper.config.Configuration;
import io.diffkeeper.keeper.Endings;
import io.diffkeeper.keeper.Keepers;
import io.diffkeeper.keeper.Launcher;
import io.diffkeeper.log.Log;
import io.diffkeeper.shim.adoption.Adopter;
import io.diffkeeper.shim.adoption.Tally;
import io.diffkeeper.sys.Kernel;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Options of every service, and what services are made of. */
final class ServiceOptions {
  private static final Path RUN_DIR = Path.of("/run/diffkeeper");

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Configuration file (default /etc/diffkeeper/config.toml).")
  Path config;

  @Option(
      names = "--run-dir",
      paramLabel = "DIR",
      description = "The run directory (default /run/diffkeeper).")
  Path runDir = RUN_DIR;

  @Option(
      names = "--hook",
      paramLabel = "FILE",
      description = "The hook that containers get (default: that of this installation).")
  Path hook;

  /** The log of a service. */
  Log log(String service) {
    Path file = runDir.resolve("diffkeeper.log");
    Log log = new Log(new Kernel(), file, configuration().debug());
    log.stage(service);
    return log;
  }

  private Configuration configuration() {
    return Configuration.load(Optional.ofNullable(config), Map.of());
  }

  /** The launcher with the options that keepers have to know. */
  Launcher launcher() {
    Optional<Path> file = Optional.ofNullable(config);
    return hook == null ? Launcher.installed(runDir, file) : Launcher.with(hook, runDir, file);
  }

  Adopter adopter(Tally tally, Log log) {
    Keepers keepers = new Keepers(new Kernel(), runDir);
    return new Adopter(keepers, new Endings(configuration().store()), launcher(), tally, log);
  }
}
