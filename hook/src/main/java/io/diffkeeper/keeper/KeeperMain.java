package io.diffkeeper.keeper;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.config.Configuration;
import io.diffkeeper.log.Log;
import io.diffkeeper.sys.CleanMaps;
import io.diffkeeper.sys.Kernel;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * The keeper's entry point. The launcher starts it with a connected socket as descriptor 3, over
 * which the request comes and the answer goes; see {@link Connection}. A spare gets its connection
 * later, from whoever claims it.
 */
public final class KeeperMain {
  private static final int LAUNCHER = 3;
  static final Path RUN_DIR = Path.of("/run/diffkeeper");

  private KeeperMain() {}

  private enum Mode {
    /** Keep the container that the launcher hands over. */
    KEEP,
    /** Get warm, and wait for a claim. */
    SPARE,
    /** See to it that there are spares. */
    TEND,
    /** Get warm, and no more: an archive is made from the classes that it takes. */
    TRAIN
  }

  /**
   * What the process is started with.
   *
   * @param config the configuration file; empty for the default ones
   * @param runDir the run directory
   * @param training a directory to get warm in; null unless that is all
   */
  private record Options(Mode mode, Optional<Path> config, String runDir, Path training) {
    static Options of(String[] args) {
      Optional<Path> config = Optional.empty();
      String runDir = RUN_DIR.toString();
      Path training = null;
      Mode mode = Mode.KEEP;
      for (int i = 0; i < args.length; i++) {
        switch (args[i]) {
          case "--spare" -> mode = Mode.SPARE;
          case "--tend" -> mode = Mode.TEND;
          case "--config" -> config = Optional.of(Path.of(value(args, ++i)));
          case "--run-dir" -> runDir = value(args, ++i);
          case "--train" -> {
            mode = Mode.TRAIN;
            training = Path.of(value(args, ++i));
          }
          default -> throw new DiffKeeperException(ExitCode.USAGE, "unknown option " + args[i]);
        }
      }
      return new Options(mode, config, runDir, training);
    }

    private static String value(String[] args, int at) {
      if (at == args.length) {
        throw new DiffKeeperException(ExitCode.USAGE, args[at - 1] + " needs a value");
      }
      return args[at];
    }

    Configuration configuration(Optional<Path> file) {
      return Configuration.load(file, Map.of()).with("run-dir", runDir);
    }
  }

  /**
   * Serves one container; options are {@code --config FILE}, {@code --run-dir DIR}, and {@code
   * --spare}, {@code --tend} or {@code --train DIR} for the other modes.
   */
  public static void main(String[] args) {
    Kernel kernel = new Kernel();
    Ahead.load();
    NativeHashers.use();
    Log log = new Log(kernel, RUN_DIR.resolve("diffkeeper.log"), false);
    log.reached("keeper's Java is up");
    Connection launcher = null;
    Path runDir = RUN_DIR;
    ExitCode code = ExitCode.OK;
    try {
      Options options = Options.of(args);
      runDir = Path.of(options.runDir());
      if (options.mode() == Mode.KEEP) {
        launcher = new Connection(kernel, LAUNCHER);
      }
      if (options.mode() != Mode.TRAIN) {
        log.fallback(runDir.resolve("diffkeeper.log"));
        new Cgroups().enter(runDir, log);
        log.reached("options read");
      }
      try (Events events = new Events(log)) {
        switch (options.mode()) {
          case TRAIN -> new WarmUp(kernel, options.training(), events).run(2, 2);
          case TEND -> tend(kernel, options, log);
          case KEEP -> code = serve(kernel, options, log, events, launcher, launcher.receive());
          case SPARE -> {
            Configuration configuration = options.configuration(options.config());
            log.stage("spare");
            Spare.Claim claim =
                new Spare(kernel, configuration, options.config(), log).await(events);
            if (claim != null) {
              launcher = claim.launcher();
              code = serve(kernel, options, log, events, launcher, claim.request());
            }
          }
        }
      }
    } catch (RuntimeException | Error e) {
      code = failed(log, launcher, runDir, e);
    }
    System.exit(code.code());
  }

  /** Tells the log and whoever waits. */
  private static ExitCode failed(Log log, Connection launcher, Path runDir, Throwable why) {
    DiffKeeperException failure =
        why instanceof DiffKeeperException known
            ? known
            : new DiffKeeperException(ExitCode.INTERNAL, "internal error: " + why, why);
    log.error(failure.getMessage());
    log.debug("failed", why);
    if (launcher != null) {
      new Failures(runDir).count(failure.exitCode());
      launcher.fail(failure);
    }
    return failure.exitCode();
  }

  private static void tend(Kernel kernel, Options options, Log log) {
    log.stage("tend");
    Runnable settle = () -> CleanMaps.release(kernel);
    new Tender(() -> options.configuration(options.config()), options.config(), log, settle).run();
  }

  private static ExitCode serve(
      Kernel kernel,
      Options options,
      Log log,
      Events events,
      Connection launcher,
      Connection.Request request) {
    log.reached("request received");
    Configuration configuration = options.configuration(request.config());
    log.debug(configuration.debug());
    log.reached("configuration read");
    Spares spares = new Spares(configuration, request.config(), log);
    ExitCode code = ExitCode.OK;
    try {
      new Keeper(kernel, configuration, log, events, spares).serve(request, launcher);
    } catch (RuntimeException | Error e) {
      code = failed(log, launcher, configuration.runDir(), e); // now: what follows takes its time
    }
    spares.fillUntendedLater();
    return code;
  }
}
