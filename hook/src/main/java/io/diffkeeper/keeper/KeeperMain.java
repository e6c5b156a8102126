package io.diffkeeper.keeper;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.config.Configuration;
import io.diffkeeper.log.Log;
import io.diffkeeper.store.Store;
import io.diffkeeper.sys.Kernel;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * The keeper's entry point. The launcher starts it with a connected socket as descriptor 3, over
 * which the request comes and the answer goes; see {@link Connection}. A spare gets its connection
 * later, from whoever claims it.
 */
public final class KeeperMain {
  private static final int LAUNCHER = 3;

  private KeeperMain() {}

  /**
   * What the launcher says.
   *
   * @param config the configuration file; empty for the default ones
   * @param runDir the run directory
   * @param spare whether to wait for a claim
   * @param training a directory to get warm in, and no more; null to keep a container
   */
  private record Options(Optional<Path> config, String runDir, boolean spare, Path training) {
    static Options of(String[] args) {
      Optional<Path> config = Optional.empty();
      String runDir = "/run/diffkeeper";
      Path training = null;
      boolean spare = false;
      for (int i = 0; i < args.length; i++) {
        if (args[i].equals("--spare")) {
          spare = true;
        } else if (i + 1 == args.length) {
          throw new DiffKeeperException(ExitCode.USAGE, "unknown option " + args[i]);
        } else {
          String value = args[++i];
          switch (args[i - 1]) {
            case "--config" -> config = Optional.of(Path.of(value));
            case "--run-dir" -> runDir = value;
            case "--train" -> training = Path.of(value);
            default -> throw new DiffKeeperException(ExitCode.USAGE, "unknown option " + args[i]);
          }
        }
      }
      return new Options(config, runDir, spare, training);
    }

    Configuration configuration(Optional<Path> file) {
      return Configuration.load(file, Map.of()).with("run-dir", runDir);
    }
  }

  /**
   * Serves one container; options are {@code --config FILE}, {@code --run-dir DIR}, {@code --spare}
   * and, to make an archive of the classes that a start needs, {@code --train DIR}.
   */
  public static void main(String[] args) {
    Kernel kernel = new Kernel();
    CompletableFuture.runAsync(Store::load); // while we find out what is wanted
    NativeHashers.use();
    Connection launcher = new Connection(kernel, LAUNCHER);
    Log log = new Log(kernel, Path.of("/run/diffkeeper/diffkeeper.log"), false);
    log.reached("keeper's Java is up");
    try {
      Options options = Options.of(args);
      if (options.training() != null) {
        try (Events events = new Events(log)) {
          new WarmUp(kernel, options.training(), events).run(2);
        }
        System.exit(ExitCode.OK.code());
      }
      log = new Log(kernel, Path.of(options.runDir(), "diffkeeper.log"), false);
      log.reached("options read");
      try (Events events = new Events(log)) {
        Connection.Request request;
        if (options.spare()) {
          launcher.close();
          Configuration configuration = options.configuration(options.config());
          log.stage("spare");
          Spare.Claim claim = new Spare(kernel, configuration, options.config(), log).await(events);
          launcher = claim == null ? launcher : claim.launcher();
          request = claim == null ? null : claim.request();
        } else {
          request = launcher.receive();
        }
        if (request != null) {
          log.reached("request received");
          Configuration configuration = options.configuration(request.config());
          log.debug(configuration.debug());
          log.reached("configuration read");
          Spares spares = new Spares(configuration, request.config(), log);
          new Keeper(kernel, configuration, log, events, spares).serve(request, launcher);
        }
      }
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
