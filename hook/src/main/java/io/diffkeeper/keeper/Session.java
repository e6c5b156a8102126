package io.diffkeeper.keeper;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.bpf.EventSource;
import io.diffkeeper.capture.Capture;
import io.diffkeeper.capture.Capture.Picture;
import io.diffkeeper.store.Draft;
import io.diffkeeper.store.Origin;
import io.diffkeeper.store.Provenance;
import io.diffkeeper.store.StateName;
import io.diffkeeper.store.Store;
import io.diffkeeper.store.Tuning;
import io.diffkeeper.store.Version;
import io.diffkeeper.store.VersionWriter;
import io.diffkeeper.sys.SyscallException;
import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.Name;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The versions that one container writes: takes pictures of the live tree and makes each durable if
 * it shows something new. Not thread-safe.
 */
final class Session {
  private final Store store;
  private final StateName state;
  private final Capture capture;
  private final EventSource source;
  private final Origin origin;
  private final Tuning tuning;
  private Digest base;
  private final Figures figures;
  private Version latest;
  private long versions;
  private Map<Name, Entry> known = Map.of();

  /**
   * A container's session.
   *
   * @param base the tree that the container's image had; null if its first picture is that
   * @param latest the state's newest version, null if there is none
   * @param figures count what is committed
   */
  Session(
      Store store,
      StateName state,
      Capture capture,
      EventSource source,
      Origin origin,
      Tuning tuning,
      Digest base,
      Version latest,
      Figures figures) {
    this.store = store;
    this.state = state;
    this.capture = capture;
    this.source = source;
    this.origin = origin;
    this.tuning = tuning;
    this.base = base;
    this.latest = latest;
    this.figures = figures;
  }

  Capture capture() {
    return capture;
  }

  EventSource source() {
    return source;
  }

  Version latest() {
    return latest;
  }

  Figures.Snapshot figures() {
    return figures.snapshot();
  }

  /** Versions written so far. */
  long versions() {
    return versions;
  }

  StateName state() {
    return state;
  }

  Origin origin() {
    return origin;
  }

  /**
   * Tells what the first picture will find, so that it need not read all of it: entries by full
   * path whose content is known if size and time match.
   */
  void expect(Map<Name, Entry> entries) {
    this.known = entries;
  }

  /** Commits what is dirty; returns the newest version, which is the old one if nothing is new. */
  Version commit() {
    try (VersionWriter writer = store.writer(state, tuning)) {
      return commit(writer);
    }
  }

  /** The same, through a writer that holds parts of the version already. */
  Version commit(VersionWriter writer) {
    return commit(writer, false, () -> true);
  }

  /**
   * Commits what is dirty, then compares the whole tree once more: the last version of a container
   * that has ended. One that ended before it was looked at is looked at once.
   *
   * @param intact whether the tree that was read is still whole
   * @throws DiffKeeperException (INTERNAL) if it is not: then the version before stays the last
   */
  Version last(BooleanSupplier intact) {
    // What events told is made durable first: it needs the least of a tree that may be going away.
    if (capture.isScanned()) {
      if (capture.drain(source)) {
        commitIfIntact(intact);
      }
      capture.requestSweep();
    }
    return commitIfIntact(intact);
  }

  private Version commitIfIntact(BooleanSupplier intact) {
    try (VersionWriter writer = store.writer(state, tuning)) {
      return commit(writer, true, intact);
    }
  }

  private Version commit(VersionWriter writer, boolean ended, BooleanSupplier intact) {
    long start = System.nanoTime();
    try {
      Version version = tryCommit(writer, ended, intact);
      figures.committed(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
      return version;
    } catch (DiffKeeperException e) {
      figures.failed(e);
      throw e;
    }
  }

  private Version tryCommit(VersionWriter writer, boolean ended, BooleanSupplier intact) {
    try {
      if (!capture.isScanned()) {
        capture.scan(known, source, writer);
        known = Map.of();
      }
      Picture picture = capture.picture(source, writer);
      if (!intact.getAsBoolean()) {
        throw new IOException("the tree went away while its last version was read");
      }
      if (isNew(picture)) {
        latest = writer.commit(draft(picture, ended));
        versions++;
        figures.stored(latest.storedBytes());
      }
      capture.committed();
      return latest;
    } catch (IOException e) {
      capture.retryInFlight();
      boolean full = e instanceof SyscallException s && s.noSpace();
      throw new DiffKeeperException(
          full ? ExitCode.NO_SPACE : ExitCode.INTERNAL,
          "capture of " + state + ": " + e.getMessage(),
          e);
    } catch (DiffKeeperException e) {
      capture.retryInFlight();
      throw e;
    }
  }

  private boolean isNew(Picture picture) {
    boolean better = picture.cut().isSound() && latest != null && !latest.cut().isSound();
    return latest == null
        || !latest.root().equals(picture.root())
        || !latest.origin().containerId().equals(origin.containerId())
        || better;
  }

  private Draft draft(Picture picture, boolean ended) {
    if (base == null) {
      base = picture.root();
    }
    return new Draft(
        Draft.LATEST,
        picture.root(),
        base,
        Instant.now(),
        origin,
        picture.cut(),
        source.name(),
        ended,
        picture.changed(),
        capture.bytes(),
        new Provenance(shortfall(), picture.authors()));
  }

  private String shortfall() {
    return Stream.of(source.shortfall(), capture.shortfall())
        .filter(why -> !why.isEmpty())
        .collect(Collectors.joining("; "));
  }
}
