package io.diffkeeper.cli;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.config.Configuration;
import io.diffkeeper.keeper.Supervision;
import io.diffkeeper.log.Log;
import io.diffkeeper.replay.ReplayMode;
import io.diffkeeper.sys.Kernel;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/** Options of the commands that keep directories of this host. */
final class SupervisionOptions {
  @Option(
      names = "--state-dir",
      required = true,
      split = ",",
      paramLabel = "DIR",
      description = "Directories to keep, absolute; separated by commas or given again.")
  List<String> stateDirs;

  @Option(names = "--name", required = true, paramLabel = "NAME", description = "The state's name.")
  String name;

  @Option(names = "--run-dir", paramLabel = "DIR", description = "The run directory.")
  Path runDir;

  Supervision open(StoreOptions options, ReplayMode mode) {
    for (String dir : stateDirs) {
      Path path = Path.of(dir);
      if (!path.isAbsolute() || !path.normalize().equals(path) || path.getParent() == null) {
        throw new DiffKeeperException(
            ExitCode.BAD_INPUT, "--state-dir " + dir + ": not an absolute path of a directory");
      }
    }
    Configuration configuration = options.configuration();
    if (runDir != null) {
      configuration = configuration.with("run-dir", runDir.toString());
    }
    Kernel kernel = new Kernel();
    Path logFile = configuration.runDir().resolve("diffkeeper.log");
    Log log = new Log(kernel, logFile, configuration.debug());
    log.container(name);
    return new Supervision(kernel, configuration, log, options.ref(name).state(), stateDirs, mode);
  }
}
