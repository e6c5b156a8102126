package io.diffkeeper.keeper;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.config.Configuration;
import io.diffkeeper.log.Log;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The places for spare keepers in the run directory, and how they are filled.
 *
 * <pre>
 *   spares/slot.0            locked by the spare that has the place, from its start to its claim
 *   spares/tended            locked by who fills the places: diffkeeper.service, while it runs
 *   spares/BUILD.PID         a spare's socket; who renames it has claimed the spare
 *   spares/warm.PID/         where a spare gets warm; goes when it is
 * </pre>
 *
 * Where no service does it, every keeper fills the places that it finds free: so there is a spare
 * again after each start, and no process that all depend on. For one thread.
 */
final class Spares {
  static final String SLOT = "slot.";
  static final String TENDED = "tended";

  private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Configuration configuration;
  private final Optional<Path> file;
  private final Log log;
  private boolean filled;

  /**
   * The places.
   *
   * @param file the configuration file that the spares are to have; empty for the default ones
   */
  Spares(Configuration configuration, Optional<Path> file, Log log) {
    this.configuration = configuration;
    this.file = file;
    this.log = log;
  }

  static Path folder(Configuration configuration) {
    return configuration.runDir().resolve("spares");
  }

  /**
   * Takes a free place, until the channel is closed or the process dies.
   *
   * @return null if there is none
   */
  FileChannel take() {
    try {
      makeFolder();
      for (int i = 0; i < configuration.spares(); i++) {
        FileChannel slot = open(SLOT + i);
        if (slot.tryLock() != null) {
          return slot;
        }
        slot.close();
      }
      return null;
    } catch (IOException e) {
      throw unusable(e);
    }
  }

  private void makeFolder() throws IOException {
    Files.createDirectories(
        folder(configuration),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }

  private FileChannel open(String name) throws IOException {
    return FileChannel.open(
        folder(configuration).resolve(name), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
  }

  private DiffKeeperException unusable(IOException e) {
    return new DiffKeeperException(
        ExitCode.INTERNAL, folder(configuration) + ": cannot be used: " + e, e);
  }

  /**
   * Fills the places and sets the limits of all keepers, once per process, unless the service does
   * it or spares could not work.
   */
  void fillUntended() {
    fillUntended(0);
  }

  /**
   * The same when a container has ended: a second later, as its engine is still busy with it, and a
   * Java process that boots beside makes whoever waits for that wait longer. Of many keepers that
   * end one waits.
   */
  void fillUntendedLater() {
    fillUntended(QUIET_NANOS);
  }

  private void fillUntended(long waitNanos) {
    if (filled || Home.buildId().isEmpty()) {
      return;
    }
    filled = true;
    try (FileChannel lock = tend()) {
      if (lock == null) {
        return;
      }
      long left = free() > 0 ? waitNanos : 0;
      for (long until = System.nanoTime() + left; left > 0; left = until - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
      new Cgroups().limit(configuration, log);
      fill();
    } catch (IOException | DiffKeeperException e) {
      log.warning("no spare keeper: " + e.getMessage() + "; the next start takes longer");
    }
  }

  /**
   * The right to fill the places, until the channel is closed or the process dies.
   *
   * @return null if another process has it
   */
  FileChannel tend() throws IOException {
    makeFolder();
    FileChannel lock = open(TENDED);
    if (lock.tryLock() != null) {
      return lock;
    }
    lock.close();
    return null;
  }

  /**
   * Starts a spare for each place that is free.
   *
   * @return how many that were
   */
  int fill() throws IOException {
    int free = free();
    for (int i = 0; i < free; i++) {
      start();
    }
    return free;
  }

  private int free() throws IOException {
    makeFolder();
    int free = 0;
    for (int i = 0; i < configuration.spares(); i++) {
      try (FileChannel slot = open(SLOT + i)) {
        free += slot.tryLock() == null ? 0 : 1;
      }
    }
    return free;
  }

  /** It stays in this process's session and cgroups, which are those of all keepers. */
  private void start() throws IOException {
    Path home = Home.path().toAbsolutePath();
    List<String> words = new ArrayList<>(List.of(home.resolve("runtime/bin/java").toString()));
    words.addAll(List.of("@keeper.args", "--spare"));
    words.addAll(List.of("--run-dir", configuration.runDir().toString()));
    file.ifPresent(path -> words.addAll(List.of("--config", path.toString())));
    Detached.start(words);
  }
}
