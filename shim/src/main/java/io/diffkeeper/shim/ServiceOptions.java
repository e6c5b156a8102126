package io.diffkeeper.shim;

import io.diffkeeper.config.Configuration;
import io.diffkeeper.keeper.Home;
import io.diffkeeper.keeper.Keepers;
import io.diffkeeper.log.Log;
import io.diffkeeper.shim.adoption.Adopter;
import io.diffkeeper.shim.adoption.Launcher;
import io.diffkeeper.shim.adoption.Tally;
import io.diffkeeper.sys.Kernel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Options of every service, and what services are made of. */
final class ServiceOptions {
  private static final Path RUN_DIR = Path.of("/run/diffkeeper");
  private static final String HOOK = "libexec/oci/hooks.d/diffkeeper-hook";

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
    boolean debug = Configuration.load(Optional.ofNullable(config), Map.of()).debug();
    Log log = new Log(new Kernel(), runDir.resolve("diffkeeper.log"), debug);
    log.stage(service);
    return log;
  }

  /** The launcher with the options that keepers have to know. */
  Launcher launcher() {
    List<String> options = new ArrayList<>();
    if (!runDir.equals(RUN_DIR)) {
      options.addAll(List.of("--run-dir", runDir.toAbsolutePath().toString()));
    }
    if (config != null) {
      options.addAll(List.of("--config", config.toAbsolutePath().toString()));
    }
    Path program = hook == null ? Home.path().resolve("../..").resolve(HOOK) : hook;
    return new Launcher(program.toAbsolutePath().normalize(), options);
  }

  Adopter adopter(Tally tally, Log log) {
    return new Adopter(new Keepers(new Kernel(), runDir), launcher(), tally, log);
  }
}
