package io.diffkeeper.store;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.tree.Digest;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A version as people write it: {@code NAME}, {@code NAME@7}, {@code NAME@latest}, {@code
 * NAME@base}, {@code NAME@~2} (two before the latest), {@code NAME@2026-11-22T10:00:00Z} or {@code
 * NAME@-5m} (as it was then), {@code NAME@+2m14s} (so long after the first one), {@code NAME@run2}
 * (the last one of a recorded run), or {@code NAME@run2+10s} (so long after that run's start).
 *
 * @param state whose version
 * @param which what follows the @; "latest" if nothing does
 */
public record VersionRef(StateName state, String which) {
  private static final String LATEST = "latest";
  private static final String BASE = "base";
  private static final Pattern BACK = Pattern.compile("~[0-9]+");
  private static final Pattern NUMBER = Pattern.compile("[0-9]+");
  private static final Pattern RUN = Pattern.compile("run[0-9]+");
  private static final Pattern ELAPSED = Pattern.compile("(|run[0-9]+)\\+(.+)");

  /**
   * A version that was found.
   *
   * @param root digest of its tree, or of its base if that was asked for
   */
  public record Found(StateName state, Version version, Digest root) {}

  /**
   * Parses a reference.
   *
   * @param namespace of a name that has none
   * @throws DiffKeeperException (USAGE) if the name cannot be one
   */
  public static VersionRef parse(String text, String namespace) {
    int at = text.indexOf('@');
    String name = at < 0 ? text : text.substring(0, at);
    return new VersionRef(
        StateName.parse(name, namespace), at < 0 ? LATEST : text.substring(at + 1));
  }

  /**
   * Finds the version.
   *
   * @throws DiffKeeperException (NOT_FOUND) if there is no such state or version, (USAGE) if the
   *     reference says nothing that could be one
   */
  public Found find(Store store) {
    Version latest =
        store.state(state).orElseThrow(() -> notFound("no such state: " + state)).latest();
    if (latest == null) {
      throw notFound("state " + state + " has no version");
    }
    if (which.equals(BASE)) {
      return new Found(state, latest, latest.base());
    }
    Version version = which.equals(LATEST) ? latest : pick(store);
    return new Found(state, version, version.root());
  }

  private Version pick(Store store) {
    Matcher elapsed = ELAPSED.matcher(which);
    try {
      if (NUMBER.matcher(which).matches()) {
        return store.version(state, Long.parseLong(which)).orElseThrow(() -> none(which));
      }
      Versions versions = new Versions(store, state);
      if (BACK.matcher(which).matches()) {
        int at = versions.count() - 1 - Integer.parseInt(which.substring(1));
        return Optional.ofNullable(at < 0 ? null : versions.numbers().get(at))
            .flatMap(number -> store.version(state, number))
            .orElseThrow(() -> none(which));
      }
      if (elapsed.matches()) {
        return after(elapsed.group(1), Moment.span(elapsed.group(2)), versions);
      }
      if (RUN.matcher(which).matches()) {
        return first(versions.newestFirst(), isOf(which)).orElseThrow(() -> noRun(which));
      }
      return at(Moment.parse(which).last(), isOf(""), versions);
    } catch (NumberFormatException | DateTimeException malformed) {
      throw new DiffKeeperException(
          ExitCode.USAGE,
          "'" + which + "' is no version: use 7, latest, base, ~2, -5m, +2m14s or a time");
    }
  }

  private static Optional<Version> first(Iterable<Version> versions, Predicate<Version> wanted) {
    for (Version version : versions) {
      if (wanted.test(version)) {
        return Optional.of(version);
      }
    }
    return Optional.empty();
  }

  /** Whether a version is of a run; all are if there is none. */
  private static Predicate<Version> isOf(String run) {
    return run.isEmpty() ? any -> true : v -> v.origin().containerId().equals(run);
  }

  private Version at(Instant time, Predicate<Version> wanted, Versions versions) {
    return first(versions.newestFirst(), wanted.and(version -> !version.time().isAfter(time)))
        .orElseThrow(() -> notFound("state " + state + " has no version before " + which));
  }

  /** The newest version that is no older than so much after the first one, of a run or of all. */
  private Version after(String run, Duration span, Versions versions) {
    Version start = first(versions.oldestFirst(), isOf(run)).orElseThrow(() -> noRun(run));
    return at(start.time().plus(span), isOf(run), versions);
  }

  private DiffKeeperException noRun(String run) {
    return notFound("state " + state + " has no recorded " + run);
  }

  private DiffKeeperException none(String version) {
    return notFound("state " + state + " has no version " + version);
  }

  private static DiffKeeperException notFound(String message) {
    return new DiffKeeperException(ExitCode.NOT_FOUND, message);
  }
}
