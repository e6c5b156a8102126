package io.diffkeeper;

import java.time.Duration;

/**
 * Which versions of a state are kept: those that any of the rules names, and always the newest one,
 * and the newest one that is not fuzzy. Hours, days and weeks are those of UTC.
 *
 * @param last so many newest versions, 0 or more
 * @param within all that are not older than this; zero for none
 * @param hourly the newest version of each of so many hours that have one, the last ones first
 * @param daily the same for days
 * @param weekly the same for weeks
 */
public record Retention(int last, Duration within, int hourly, int daily, int weekly) {
  /** No rule at all: where that is configured, nothing is ever forgotten. */
  public static final Retention NONE = new Retention(0, Duration.ZERO, 0, 0, 0);

  /** Largest number of versions, hours, days or weeks that a rule may name. */
  public static final int COUNT_MAX = 1_000_000;

  /** Longest time that a rule may name. */
  public static final Duration WITHIN_MAX = Duration.ofDays(36_500);

  /** Checks the ranges. */
  public Retention {
    if (last < 0 || within.isNegative() || hourly < 0 || daily < 0 || weekly < 0) {
      throw new IllegalArgumentException("negative number in a retention");
    }
  }
}
