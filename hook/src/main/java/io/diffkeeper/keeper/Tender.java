package io.diffkeeper.keeper;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.config.Configuration;
import io.diffkeeper.log.Log;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Keeps the places for spares filled, from the boot of the host on: what {@code diffkeeper.service}
 * runs. Keepers leave it to the tender while there is one, and do it themselves when it is gone.
 */
final class Tender {
  private static final long LOOK_MILLIS = 1000;
  private static final long LOOK_MILLIS_MAX = 60_000;

  private final Supplier<Configuration> configuration;
  private final Optional<Path> file;
  private final Log log;
  private Runnable settle;
  private Configuration limited;
  private String failure = "";

  /**
   * A tender.
   *
   * @param configuration reads the configuration, which may change
   * @param file where it is read from; empty for the default ones
   * @param settle is run once, when all places are full and there is little to do from then on
   */
  Tender(Supplier<Configuration> configuration, Optional<Path> file, Log log, Runnable settle) {
    this.configuration = configuration;
    this.file = file;
    this.log = log;
    this.settle = settle;
  }

  /**
   * Looks after the places until the process is ended.
   *
   * @throws DiffKeeperException (BUSY) if another tender does
   */
  void run() {
    try (FileChannel lock = new Spares(configuration.get(), file, log).tend()) {
      if (lock == null) {
        throw new DiffKeeperException(ExitCode.BUSY, "another process keeps spares ready");
      }
      log.info("keeps spares ready");
      long waitMillis = LOOK_MILLIS;
      while (true) {
        // A spare that was started has to take its place first; one that never does is no loop.
        boolean full = look();
        if (full) {
          settle.run();
          settle = () -> {};
        }
        waitMillis = full ? LOOK_MILLIS : Math.min(LOOK_MILLIS_MAX, 2 * waitMillis);
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(waitMillis));
      }
    } catch (IOException e) {
      throw new DiffKeeperException(ExitCode.INTERNAL, "spares: " + e.getMessage(), e);
    }
  }

  /** Fills the places; returns whether there was none to fill. */
  private boolean look() {
    String now = "";
    int free = 1;
    try {
      Configuration current = configuration.get();
      if (!current.equals(limited)) {
        new Cgroups().limit(current, log);
        limited = current;
      }
      free = new Spares(current, file, log).fill();
    } catch (IOException | DiffKeeperException e) {
      now = e.getMessage();
    }
    if (!now.equals(failure) && !now.isEmpty()) {
      log.error("no spare keeper: " + now + "; starts take longer");
    }
    failure = now;
    return free == 0;
  }
}
