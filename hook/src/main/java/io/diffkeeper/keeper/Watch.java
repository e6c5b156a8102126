package io.diffkeeper.keeper;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.capture.Capture;
import io.diffkeeper.config.Configuration;
import io.diffkeeper.log.Log;
import io.diffkeeper.store.Version;
import io.diffkeeper.sys.Kernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * The keeper's main loop: waits for events, for requests and for the container's end, and commits
 * when it is time. One thread, and nothing but poll(2) to wait in.
 */
final class Watch {
  private static final long SLICES = 2;
  private static final long SWEEP_MILLIS = 1000;
  private static final long SWEEP_MILLIS_MAX = 30_000;
  private static final long SWEEP_PAUSES = 10;
  private static final long IDLE_MILLIS = 10_000;
  private static final long BACKOFF_MILLIS_MAX = 30_000;
  private static final double PERCENT = 100;
  private static final int HOT_FILES = 10;
  private static final long PAGE_BYTES = 4096;
  private static final long NEVER = Long.MAX_VALUE;

  /** The phase that an end begins with, in the log of them. */
  static final String END_SEEN = "container's end seen";

  private final Kernel kernel;
  private final Configuration configuration;
  private final Session session;
  private final Housekeeping housekeeping;
  private final Log log;
  private final Chores chores;
  private final List<Connection> waiting = new ArrayList<>();

  private long firstEvent = NEVER;
  private long nextLook = NEVER;
  private long nextSweep;
  private long backoffMillis;
  private long commitMillis;
  private final long startMillis = now();
  private final Pace pace;
  private boolean started;
  private boolean worked = true;
  private long workedMillis = startMillis;
  private boolean ended;

  /** When a launcher that wants to know where the time goes was started; else 0. */
  private long traceNanos;

  /**
   * What else there is to do in the loop.
   *
   * @param often is run about once a second, and has to be quick
   * @param started is run once, a second after the start
   * @param idle is run whenever nothing was captured for ten seconds, once for each such time
   */
  record Chores(Runnable often, Runnable started, Runnable idle) {
    /** Nothing else. */
    static final Chores NONE = new Chores(() -> {}, () -> {}, () -> {});
  }

  /** A loop. */
  Watch(Kernel kernel, Configuration configuration, Hold hold, Log log, Chores chores) {
    this.kernel = kernel;
    this.configuration = configuration;
    this.session = hold.session();
    this.housekeeping = hold.housekeeping();
    this.log = log;
    this.chores = chores;
    double share = configuration.enableProfiler() ? configuration.captureCpu() / PERCENT : 0;
    this.pace = new Pace(share, System.nanoTime());
    this.nextSweep = now() + SWEEP_MILLIS;
  }

  private static long now() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
  }

  /**
   * Runs until the container has ended.
   *
   * @param end readable when the container has ended
   * @param listening the keeper's socket, or -1
   */
  void run(int end, int listening) {
    if (!session.capture().isScanned()) {
      nextLook = firstLook();
    }
    while (!ended) {
      boolean quiet = firstEvent == NEVER && backoffMillis == 0;
      int events = quiet ? session.source().pollFd() : -1;
      boolean[] ready = kernel.poll(new int[] {end, listening, events}, waitMillis());
      if (ready[2]) {
        firstEvent = now();
        nextLook = firstEvent + slice();
      }
      if (ready[1]) {
        serve(listening);
      }
      if (ready[0]) {
        ended = true;
      } else if (!ended) {
        tick();
      }
    }
    log.reached(END_SEEN);
  }

  /**
   * Where events tell what happens meanwhile, the first look at the tree waits for one: a start is
   * not over yet, and whatever runs beside it makes it longer.
   */
  private long firstLook() {
    if (session.source().isComplete()) {
      return now() + configuration.captureMaxDelay().toMillis();
    }
    firstEvent = now();
    return firstEvent;
  }

  private long slice() {
    return Math.max(1, configuration.captureDelay().toMillis() / SLICES);
  }

  private long waitMillis() {
    long next = Math.min(nextLook, nextSweep);
    return Math.max(0, next - now());
  }

  /** Where sweeps are what finds changes, they must not become all that there is. */
  private long sweepMillis() {
    return session.source().isComplete()
        ? SWEEP_MILLIS
        : Math.min(SWEEP_MILLIS_MAX, Math.max(SWEEP_MILLIS, SWEEP_PAUSES * commitMillis));
  }

  private void tick() {
    long now = now();
    if (now >= nextSweep) {
      nextSweep = now + sweepMillis();
      chores.often().run();
      if (!started) {
        started = true;
        chores.started().run();
      }
      if (worked && firstEvent == NEVER && now - workedMillis >= IDLE_MILLIS) {
        worked = false;
        chores.idle().run();
      }
      housekeeping.runIfDue();
      if (!session.source().isComplete()) {
        session.capture().requestSweep();
      }
      if ((session.capture().touchMapped() || session.capture().isDirty()) && nextLook == NEVER) {
        nextLook = now;
        firstEvent = now;
      }
    }
    if (now >= nextLook) {
      look(now);
    }
  }

  /** Commits if the last slice was quiet, or if changes have gone on for too long. */
  private void look(long now) {
    firstEvent = Math.min(firstEvent, now); // the first look at the tree needs no event
    long before = session.capture().events();
    session.capture().drain(session.source());
    boolean quiet = session.capture().events() == before;
    boolean late = now - firstEvent >= configuration.captureMaxDelay().toMillis();
    long waited = TimeUnit.MILLISECONDS.toNanos(now - firstEvent);
    boolean hot = session.capture().isOnlyHotDirty();
    if ((quiet || late) && pace.allows(hot, waited, System.nanoTime())) {
      firstEvent = NEVER;
      nextLook = NEVER;
      commit();
    } else {
      nextLook = now + slice();
    }
  }

  private void commit() {
    long start = now();
    long before = kernel.processorNanos();
    long versions = session.versions();
    try {
      Version version = session.commit();
      if (session.versions() > versions) {
        log.version(version.number());
        log.debug(
            String.format(
                "version %d of %s: %s, %d changed, %d bytes stored, in %d ms",
                version.number(),
                session.state(),
                version.cut().name().toLowerCase(Locale.ROOT),
                version.filesChanged(),
                version.storedBytes(),
                now() - start),
            null);
      }
      if (backoffMillis > 0) {
        log.info("capturing again");
      }
      backoffMillis = 0;
    } catch (DiffKeeperException e) {
      if (backoffMillis == 0) {
        log.error(e.getMessage() + "; the last version stays, capture is tried again");
        log.debug("capture", e);
      }
      backoffMillis = Math.min(BACKOFF_MILLIS_MAX, Math.max(SWEEP_MILLIS, 2 * backoffMillis));
      firstEvent = now();
      nextLook = firstEvent + backoffMillis;
    }
    pace.spent(kernel.processorNanos() - before, System.nanoTime());
    worked = true;
    workedMillis = now();
    commitMillis = workedMillis - start;
  }

  private KeeperStatus status() {
    Capture capture = session.capture();
    Version latest = session.latest();
    return new KeeperStatus(
        session.state(),
        session.origin().containerId(),
        ProcessHandle.current().pid(),
        session.source().name(),
        now() - startMillis,
        firstEvent == NEVER ? 0 : now() - firstEvent,
        TimeUnit.NANOSECONDS.toMillis(kernel.processorNanos()),
        residentBytes(),
        latest == null ? 0 : latest.number(),
        latest == null ? "none" : latest.cut().name().toLowerCase(Locale.ROOT),
        session.versions(),
        commitMillis,
        capture.files(),
        capture.bytes(),
        capture.readBytes(),
        capture.events(),
        capture.lost(),
        session.figures(),
        capture.hottest(HOT_FILES).stream()
            .map(hot -> new KeeperStatus.Hot(hot.path().toString(), hot.rate()))
            .toList());
  }

  /** The second number of statm, in pages, see proc(5); 0 if it cannot be read. */
  private static long residentBytes() {
    try {
      return Long.parseLong(Files.readString(Path.of("/proc/self/statm")).split(" ")[1])
          * PAGE_BYTES;
    } catch (IOException unreadable) {
      return 0;
    }
  }

  private void serve(int listening) {
    long fd = kernel.accept(listening);
    if (fd < 0) {
      return;
    }
    Connection peer = new Connection(kernel, (int) fd);
    try {
      Connection.Request request = peer.receive();
      switch (request.stage()) {
        case "poststop" -> {
          waiting.add(peer);
          traceNanos = request.traceNanos();
          ended = true;
          return;
        }
        case "commit" -> {
          session.capture().touchMapped();
          peer.done(Long.toString(session.commit().number()));
        }
        case "status" -> peer.done(status().line());
        default -> peer.fail(new DiffKeeperException(ExitCode.BAD_INPUT, "unknown request"));
      }
    } catch (DiffKeeperException e) {
      peer.fail(e);
    }
    peer.close();
  }

  /** Answers everybody who waits for the last version. */
  void finished(Version last) {
    for (Connection peer : waiting) {
      if (traceNanos > 0) {
        peer.trace(log.phases(traceNanos, END_SEEN));
      }
      peer.done(Long.toString(last.number()));
      peer.close();
    }
  }

  /** Tells everybody who waits for the last version why there is none. */
  void failed(DiffKeeperException failure) {
    for (Connection peer : waiting) {
      peer.fail(failure);
      peer.close();
    }
  }
}
