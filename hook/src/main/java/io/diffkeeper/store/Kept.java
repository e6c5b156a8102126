package io.diffkeeper.store;

import io.diffkeeper.Retention;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.time.temporal.IsoFields;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** Applies the rules of a {@link Retention} to the versions of a state. */
final class Kept {
  private Kept() {}

  /** The numbers of the versions that are kept. */
  static Set<Long> of(Retention retention, List<Version> newestFirst, Instant now) {
    Set<Long> kept = new HashSet<>();
    for (int i = 0; i < newestFirst.size(); i++) {
      Version version = newestFirst.get(i);
      boolean recent =
          !retention.within().isZero() && version.time().isAfter(now.minus(retention.within()));
      if (i == 0 || i < retention.last() || recent) {
        kept.add(version.number());
      }
    }
    newestFirst.stream()
        .filter(version -> version.cut().isSound())
        .findFirst()
        .ifPresent(version -> kept.add(version.number()));
    keep(kept, newestFirst, retention.hourly(), time -> time.truncatedTo(ChronoUnit.HOURS));
    keep(kept, newestFirst, retention.daily(), time -> time.truncatedTo(ChronoUnit.DAYS));
    keep(kept, newestFirst, retention.weekly(), Kept::week);
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
