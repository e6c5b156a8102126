package io.diffkeeper.store;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.time.temporal.IsoFields;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

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
  /** Checks the ranges. */
  public Retention {
    if (last < 0 || within.isNegative() || hourly < 0 || daily < 0 || weekly < 0) {
      throw new IllegalArgumentException("negative number in a retention");
    }
  }

  /** The numbers of the versions that are kept. */
  Set<Long> kept(List<Version> newestFirst, Instant now) {
    Set<Long> kept = new HashSet<>();
    for (int i = 0; i < newestFirst.size(); i++) {
      Version version = newestFirst.get(i);
      boolean recent = !within.isZero() && version.time().isAfter(now.minus(within));
      if (i == 0 || i < last || recent) {
        kept.add(version.number());
      }
    }
    newestFirst.stream()
        .filter(version -> version.cut() != Cut.FUZZY)
        .findFirst()
        .ifPresent(version -> kept.add(version.number()));
    keep(kept, newestFirst, hourly, time -> time.truncatedTo(ChronoUnit.HOURS));
    keep(kept, newestFirst, daily, time -> time.truncatedTo(ChronoUnit.DAYS));
    keep(kept, newestFirst, weekly, Retention::week);
    return kept;
  }

  private static Object week(Instant time) {
    LocalDate day = time.atOffset(ZoneOffset.UTC).toLocalDate();
    return 100 * day.get(IsoFields.WEEK_BASED_YEAR) + day.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR);
  }

  private static void keep(
      Set<Long> kept, List<Version> newestFirst, int count, Function<Instant, Object> period) {
    Set<Object> seen = new HashSet<>();
    for (Version version : newestFirst) {
      if (seen.size() == count) {
        return;
      }
      if (seen.add(period.apply(version.time()))) {
        kept.add(version.number());
      }
    }
  }
}
