package io.diffkeeper.shim.adoption;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.User;
import io.diffkeeper.keeper.Endings;
import io.diffkeeper.keeper.Keepers;
import io.diffkeeper.keeper.Launcher;
import io.diffkeeper.log.Log;
import io.diffkeeper.oci.ContainerSpec;
import io.diffkeeper.oci.ContainerState;
import io.diffkeeper.oci.OptIn;
import io.diffkeeper.oci.Origin;
import io.diffkeeper.store.Ending;
import io.diffkeeper.store.StateName;
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
  private static final long REVIVE_SECONDS = 3;
  private static final long LAST_VERSION_MILLIS = 200;
  private static final int LAST_VERSION_LOOKS_MAX = 600;

  private final Keepers keepers;
  private final Endings endings;
  private final Launcher launcher;
  private final Tally tally;
  private final Log log;
  private final AtomicInteger waiting = new AtomicInteger();
  private final Set<String> inHand = ConcurrentHashMap.newKeySet();

  /** Running containers that have a keeper, as far as was seen. */
  private final Map<String, Sighting> kept = new ConcurrentHashMap<>();

  /** Those of them of which it was told that they ran out of memory. */
  private final Set<String> outOfMemory = ConcurrentHashMap.newKeySet();

  private final ScheduledExecutorService threads =
      Executors.newScheduledThreadPool(
          THREADS,
          work -> {
            Thread thread = new Thread(work, "adopter");
            thread.setDaemon(true);
            return thread;
          });

  /** An adopter, at work from now on. */
  public Adopter(Keepers keepers, Endings endings, Launcher launcher, Tally tally, Log log) {
    this.keepers = keepers;
    this.endings = endings;
    this.launcher = launcher;
    this.tally = tally;
    this.log = log;
    threads.scheduleWithFixedDelay(this::write, 0, WRITE_SECONDS, TimeUnit.SECONDS);
    threads.scheduleWithFixedDelay(this::revive, REVIVE_SECONDS, REVIVE_SECONDS, TimeUnit.SECONDS);
  }

  /** Does something when there is time, and writes what was counted. */
  public void later(Runnable work) {
    try {
      threads.execute(
          () -> {
            guarded(work);
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
   * Gives containers whose keepers have died others: when a container has ended as well, its
   * runtime leaves little time to look at what it left.
   */
  private void revive() {
    kept.forEach(
        (id, sighting) -> {
          if (!keepers.isKnown(id)) {
            kept.remove(id); // it has ended, and its last version is there
          } else if (!keepers.isKept(id)) {
            see(sighting);
          }
        });
  }

  /** Sees to what a container left that has ended nobody knows how. */
  public void ended(String id) {
    ended(id, Ending.UNTOLD);
  }

  /** Sees to what a container left that has ended, and records how it did. */
  public void ended(String id, int exitCode) {
    later(
        () -> {
          kept.remove(id);
          StateName state = endings.stateOf(id).orElse(null);
          if (isOrphaned(id)) {
            finish(id);
          }
          if (state != null) {
            String how = exitCode == Ending.UNTOLD ? "unknown" : Integer.toString(exitCode);
            log.info("container " + id + " ended: status " + how);
            record(state, id, exitCode, LAST_VERSION_LOOKS_MAX);
          }
        });
  }

  /** Tells of a container that ran out of memory, if it is ours. */
  public void outOfMemory(String id) {
    later(
        () -> {
          StateName state = endings.stateOf(id).orElse(null);
          if (state != null) {
            tally.count(Tally.Outcome.OUT_OF_MEMORY);
            log.warning("container " + id + " ran out of memory");
            if (keepers.isKnown(id)) {
              outOfMemory.add(id);
            } else {
              endings.record(state, id, new Ending(Ending.UNTOLD, true));
            }
          }
        });
  }

  /** When its keeper has made the last version, which is soon. */
  private void record(StateName state, String id, int exitCode, int looks) {
    if (keepers.isKnown(id) && looks > 0) {
      threads.schedule(
          () -> guarded(() -> record(state, id, exitCode, looks - 1)),
          LAST_VERSION_MILLIS,
          TimeUnit.MILLISECONDS);
    } else {
      endings.record(state, id, new Ending(exitCode, outOfMemory.remove(id)));
    }
  }

  private void guarded(Runnable work) {
    try {
      work.run();
    } catch (DiffKeeperException e) {
      log.error(e.getMessage());
    } catch (RuntimeException | LinkageError e) { // a thread of a pool would end without a word
      log.error("internal error: " + e);
    }
  }

  /**
   * Sees to what those containers left that do not run and whose keepers died. Other engines'
   * containers have no bundle here, and are theirs to see to.
   */
  public void finishAllBut(Set<String> running) {
    kept.keySet().retainAll(running);
    outOfMemory.retainAll(running);
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
      Map<String, String> annotations =
          keepers.container(id).map(ContainerState::annotations).orElse(Map.of());
      launcher.finish(new ContainerState("1.0.2", id, "stopped", 0, bundle, annotations));
      tally.count(Tally.Outcome.FINISHED);
    } catch (DiffKeeperException e) {
      tally.count(Tally.Outcome.FAILED);
      log.error("container " + id + " ended after its keeper did: " + e.getMessage());
    }
  }

  private void look(Sighting sighting) {
    if (keepers.isKept(sighting.id())) {
      kept.put(sighting.id(), sighting);
      return;
    }
    Path bundle = Bundles.of(sighting).orElse(null);
    long pid = bundle == null ? sighting.pid() : Bundles.process(sighting, bundle);
    if (pid == 0 || !Files.exists(Path.of("/proc", Long.toString(pid)))) {
      kept.remove(sighting.id());
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
    kept.put(sighting.id(), sighting);
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
