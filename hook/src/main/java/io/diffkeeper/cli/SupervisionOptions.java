package io.diffkeeper.cli;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.config.Configuration;
import io.diffkeeper.keeper.Supervision;
import io.diffkeeper.log.Log;
import io.diffkeeper.replay.ReplayMode;
import io.diffkeeper.store.StateName;
import io.diffkeeper.sys.Kernel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Options of the commands that keep directories of this host. */
final class SupervisionOptions {
  @Option(
      names = "--state-dir",
      split = ",",
      paramLabel = "DIR",
      defaultValue = "${env:DIFFKEEPER_STATE_DIR}",
      description = {
        "Directories to keep, absolute; separated by commas or given again.",
        "By default those in DIFFKEEPER_STATE_DIR."
      })
  List<String> stateDirs;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      defaultValue = "${env:DIFFKEEPER_NAME}",
      description = "The state's name (default: DIFFKEEPER_NAME, or the command's name).")
  String name;

  @Option(names = "--run-dir", paramLabel = "DIR", description = "The run directory.")
  Path runDir;

  @Spec(Spec.Target.MIXEE)
  CommandSpec spec;

  /** The configuration: files, environment, flags. */
  Configuration configuration(StoreOptions options) {
    Configuration configuration = SettingFlags.apply(spec, options.configuration());
    return runDir == null ? configuration : configuration.with("run-dir", runDir.toString());
  }

  /**
   * The state.
   *
   * @param command the command that is run; empty if there is none
   */
  StateName state(StateOptions options, List<String> command) {
    if (name == null && !command.isEmpty()) {
      name = command.get(0).replaceAll(".*/", "");
    }
    if (name == null) {
      throw new CommandLine.ParameterException(spec.commandLine(), "--name is missing");
    }
    return options.state(name);
  }

  /**
   * Takes the state.
   *
   * @param recorded the run that is recorded, without replay
   */
  Supervision open(
      StateOptions options, StateName state, Optional<ReplayMode> mode, Optional<String> recorded) {
    if (stateDirs == null) {
      throw new CommandLine.ParameterException(spec.commandLine(), "--state-dir is missing");
    }
    for (String dir : stateDirs) {
      Path path = Path.of(dir);
      if (!path.isAbsolute() || !path.normalize().equals(path) || path.getParent() == null) {
        throw new DiffKeeperException(
            ExitCode.BAD_INPUT, "--state-dir " + dir + ": not an absolute path of a directory");
      }
    }
    Configuration configuration = configuration(options);
    Kernel kernel = new Kernel();
    Path logFile = configuration.runDir().resolve("diffkeeper.log");
    Log log = new Log(kernel, logFile, configuration.debug());
    log.container(state.name());
    return new Supervision(kernel, configuration, log, state, stateDirs, mode, recorded);
  }
}
