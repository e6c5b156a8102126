package io.diffkeeper.shim.adoption;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.User;
import io.diffkeeper.keeper.Keepers;
import io.diffkeeper.keeper.Launcher;
import io.diffkeeper.log.Log;
import io.diffkeeper.oci.ContainerSpec;
import io.diffkeeper.oci.ContainerState;
import io.diffkeeper.oci.OptIn;
import io.diffkeeper.oci.Origin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
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

  /** Running containers that have a keeper, as far as was seen. */
  private final Set<String> kept = ConcurrentHashMap.newKeySet();

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

  /** Sees to a container that was seen before, soon, if its keeper has died since. */
  public void seeAgain(Sighting sighting) {
    if (isOrphaned(sighting.id())) {
      see(sighting);
    }
  }

  private boolean isOrphaned(String id) {
    return keepers.isKnown(id) && !keepers.isKept(id);
  }

  /**
   * Sees to what a container left that has ended.
   *
   * @param how it ended, for people
   */
  public void ended(String id, String how) {
    if (kept.remove(id) || keepers.isKnown(id)) {
      later(
          () -> {
            log.info("container " + id + " ended: " + how);
            if (isOrphaned(id)) {
              finish(id);
            }
          });
    }
  }

  /** Tells of a container of ours that ran out of memory. */
  public void outOfMemory(String id) {
    if (kept.contains(id)) {
      tally.count(Tally.Outcome.OUT_OF_MEMORY);
      later(() -> log.warning("container " + id + " ran out of memory"));
    }
  }

  /**
   * Sees to what those containers left that do not run and whose keepers died. Other engines'
   * containers have no bundle here, and are theirs to see to.
   */
  public void finishAllBut(Set<String> running) {
    kept.retainAll(running);
    for (String id : keepers.known()) {
      if (!running.contains(id) && Bundles.of(gone(id)).isPresent()) {
        later(
            () -> {
              if (isOrphaned(id)) {
                finish(id);
              }
            });
      }
    }
  }

  private static Sighting gone(String id) {
    return new Sighting(id, 0, 0, true, Map.of());
  }

  private void finish(String id) {
    try {
      Path bundle =
          Bundles.of(gone(id))
              .orElseThrow(() -> new DiffKeeperException(ExitCode.NOT_FOUND, "its bundle is gone"));
      launcher.finish(new ContainerState("1.0.2", id, "stopped", 0, bundle, Map.of()));
      tally.count(Tally.Outcome.FINISHED);
    } catch (DiffKeeperException e) {
      tally.count(Tally.Outcome.FAILED);
      log.error("container " + id + " ended after its keeper did: " + e.getMessage());
    }
  }

  private void look(Sighting sighting) {
    if (keepers.isKept(sighting.id())) {
      kept.add(sighting.id());
      return;
    }
    Path bundle = Bundles.of(sighting).orElse(null);
    long pid = bundle == null ? sighting.pid() : Bundles.process(sighting, bundle);
    if (pid == 0 || !Files.exists(Path.of("/proc", Long.toString(pid)))) {
      return; // it has ended meanwhile
    }
    if (sighting.annotations().isEmpty() && !optsIn(sighting.id(), bundle)) {
      return;
    }
    if (sighting.injected() || keepers.isKnown(sighting.id())) {
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
    kept.add(sighting.id());
    try {
      launcher.adopt(
          new ContainerState(
              "1.0.2", sighting.id(), "running", (int) pid, bundle, sighting.annotations()));
    } catch (DiffKeeperException refused) {
      if (!keepers.isKept(sighting.id())) {
        throw refused;
      }
      log.info("container " + sighting.id() + ": another service was faster");
      return;
    }
    tally.count(Tally.Outcome.ADOPTED);
  }

  /** By its config.json alone. */
  private static boolean optsIn(String id, Path bundle) {
    if (bundle == null) {
      return false;
    }
    ContainerSpec spec = ContainerSpec.load(bundle);
    ContainerState state = new ContainerState("1.0.2", id, "running", 0, bundle, Map.of());
    Origin origin = Origin.of(state, spec, User.current());
    return !origin.sandbox() && OptIn.parse(spec.annotations(), origin.criContainer()).isPresent();
  }

  private void write() {
    try {
      tally.write();
    } catch (IOException e) {
      log.warning("metrics: " + e.getMessage());
    }
  }
}
