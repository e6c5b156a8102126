package io.diffkeeper.store;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.tree.Digest;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Locale;

/**
 * A version as people write it: {@code NAME}, {@code NAME@7}, {@code NAME@latest}, {@code
 * NAME@base}, {@code NAME@~2} (two before the latest), {@code NAME@2026-11-22T10:00:00Z} or {@code
 * NAME@-5m} (as it was then), or {@code NAME@run2} (the last one of a recorded run).
 *
 * @param state whose version
 * @param which what follows the @; "latest" if nothing does
 */
public record VersionRef(StateName state, String which) {
  private static final String LATEST = "latest";
  private static final String BASE = "base";

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
    List<Version> versions = store.versions(state);
    if (versions.isEmpty()) {
      throw notFound("state " + state + " has no version");
    }
    Version latest = versions.get(0);
    if (which.equals(BASE)) {
      return new Found(state, latest, latest.base());
    }
    Version version = which.equals(LATEST) ? latest : pick(versions);
    return new Found(state, version, version.root());
  }

  private Version pick(List<Version> newestFirst) {
    try {
      if (which.startsWith("~")) {
        int back = Integer.parseInt(which.substring(1));
        if (back >= 0 && back < newestFirst.size()) {
          return newestFirst.get(back);
        }
      } else if (which.matches("run[0-9]+")) {
        return newestFirst.stream()
            .filter(version -> version.origin().containerId().equals(which))
            .findFirst()
            .orElseThrow(() -> notFound("state " + state + " has no recorded " + which));
      } else if (which.matches("[0-9]+")) {
        long number = Long.parseLong(which);
        return newestFirst.stream()
            .filter(version -> version.number() == number)
            .findFirst()
            .orElseThrow(() -> notFound("state " + state + " has no version " + number));
      } else {
        Instant time = time(which);
        return newestFirst.stream()
            .filter(version -> !version.time().isAfter(time))
            .findFirst()
            .orElseThrow(() -> notFound("state " + state + " has no version before " + which));
      }
    } catch (NumberFormatException | DateTimeException malformed) {
      throw new DiffKeeperException(
          ExitCode.USAGE, "'" + which + "' is no version: use 7, latest, base, ~2, -5m or a time");
    }
    throw notFound("state " + state + " has no version " + which);
  }

  /**
   * A point in time as people write it: {@code -5m}, {@code -2d} or {@code 2026-11-22T10:00:00Z}.
   *
   * @throws DateTimeException if it is none
   */
  public static Instant time(String text) {
    if (text.startsWith("-")) {
      String amount = text.substring(1).toUpperCase(Locale.ROOT);
      boolean days = amount.endsWith("D");
      return Instant.now().minus(Duration.parse((days ? "P" : "PT") + amount));
    }
    return OffsetDateTime.parse(text).toInstant();
  }

  private static DiffKeeperException notFound(String message) {
    return new DiffKeeperException(ExitCode.NOT_FOUND, message);
  }
}
