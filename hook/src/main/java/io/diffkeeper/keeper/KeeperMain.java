package io.diffkeeper.keeper;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.config.Configuration;
import io.diffkeeper.log.Log;
import io.diffkeeper.sys.Kernel;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * The keeper's entry point. The launcher starts it with a connected socket as descriptor 3, over
 * which the request comes and the answer goes; see {@link Connection}.
 */
public final class KeeperMain {
  private static final int LAUNCHER = 3;

  private KeeperMain() {}

  /** Serves one container; options are {@code --config FILE} and {@code --run-dir DIR}. */
  public static void main(String[] args) {
    Kernel kernel = new Kernel();
    Connection launcher = new Connection(kernel, LAUNCHER);
    Log log = new Log(kernel, Path.of("/run/diffkeeper/diffkeeper.log"), false);
    try {
      Optional<Path> file = Optional.empty();
      Path runDir = null;
      for (int i = 0; i + 1 < args.length; i += 2) {
        switch (args[i]) {
          case "--config" -> file = Optional.of(Path.of(args[i + 1]));
          case "--run-dir" -> runDir = Path.of(args[i + 1]);
          default -> throw new DiffKeeperException(ExitCode.USAGE, "unknown option " + args[i]);
        }
      }
      Configuration configuration = Configuration.load(file, Map.of());
      if (runDir != null) {
        configuration = configuration.with("run-dir", runDir.toString());
      }
      Path logFile = configuration.runDir().resolve("diffkeeper.log");
      log = new Log(kernel, logFile, configuration.debug());
      new Keeper(kernel, configuration, log).serve(launcher);
    } catch (DiffKeeperException e) {
      log.error(e.getMessage());
      log.debug("failed", e);
      launcher.fail(e);
      System.exit(e.exitCode().code());
    } catch (RuntimeException | Error e) {
      log.error("internal error: " + e);
      log.debug("failed", e);
      launcher.fail(new DiffKeeperException(ExitCode.INTERNAL, "internal error: " + e, e));
      System.exit(ExitCode.INTERNAL.code());
    }
    System.exit(ExitCode.OK.code());
  }
}
