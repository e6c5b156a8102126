package io.diffkeeper.shim.adoption;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.keeper.Keepers;
import io.diffkeeper.log.Log;
import io.diffkeeper.oci.ContainerState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Gives running containers that opted in and have no keeper one that captures from now on.
 *
 * <p>What tells of containers never waits: the work is done by threads of this, and there may be so
 * many containers in line. More are left to the next time that the runtime lists them.
 */
public final class Adopter {
  /** Most containers that wait for a look. */
  static final int WAITING_MAX = 10_000;

  private static final int THREADS = 4;
  private static final long WRITE_SECONDS = 10;

  private final Keepers keepers;
  private final Launcher launcher;
  private final Tally tally;
  private final Log log;
  private final AtomicInteger waiting = new AtomicInteger();
  private final Set<String> inHand = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService threads =
      Executors.newScheduledThreadPool(
          THREADS,
          work -> {
            Thread thread = new Thread(work, "adopter");
            thread.setDaemon(true);
            return thread;
          });

  /** An adopter, at work from now on. */
  public Adopter(Keepers keepers, Launcher launcher, Tally tally, Log log) {
    this.keepers = keepers;
    this.launcher = launcher;
    this.tally = tally;
    this.log = log;
    threads.scheduleWithFixedDelay(this::write, 0, WRITE_SECONDS, TimeUnit.SECONDS);
  }

  /** Does something when there is time, and writes what was counted. */
  public void later(Runnable work) {
    try {
      threads.execute(
          () -> {
            work.run();
            write();
          });
    } catch (RejectedExecutionException closing) {
      // The process ends: nothing of this is wanted any more.
    }
  }

  /** Sees to a container, soon. */
  public void see(Sighting sighting) {
    if (waiting.get() >= WAITING_MAX || !inHand.add(sighting.id())) {
      return;
    }
    waiting.incrementAndGet();
    later(
        () -> {
          try {
            look(sighting);
          } catch (RuntimeException e) {
            tally.count(Tally.Outcome.FAILED);
            log.error("container " + sighting.id() + " cannot be adopted: " + e.getMessage());
          } finally {
            waiting.decrementAndGet();
            inHand.remove(sighting.id());
          }
        });
  }

  private void look(Sighting sighting) {
    if (keepers.isKept(sighting.id())) {
      return;
    }
    Path bundle = Bundles.of(sighting).orElse(null);
    long pid = bundle == null ? sighting.pid() : Bundles.process(sighting, bundle);
    if (pid == 0 || !Files.exists(Path.of("/proc", Long.toString(pid)))) {
      return; // it has ended meanwhile
    }
    if (sighting.injected()) {
      log.warning("container " + sighting.id() + ": its keeper died, it gets another");
    } else {
      tally.count(Tally.Outcome.UNINJECTED);
      log.warning(
          "container "
              + sighting.id()
              + " went by: it started without our hooks, so without its state; it is captured from"
              + " now on");
    }
    if (bundle == null) {
      throw new DiffKeeperException(ExitCode.NOT_FOUND, "no bundle of process " + pid);
    }
    launcher.adopt(
        new ContainerState(
            "1.0.2", sighting.id(), "running", (int) pid, bundle, sighting.annotations()));
    tally.count(Tally.Outcome.ADOPTED);
  }

  private void write() {
    try {
      tally.write();
    } catch (IOException e) {
      log.warning("metrics: " + e.getMessage());
    }
  }
}
