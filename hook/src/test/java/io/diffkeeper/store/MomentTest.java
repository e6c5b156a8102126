package io.diffkeeper.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import org.junit.jupiter.api.Test;

/** Times as people write them. */
class MomentTest {
  @Test
  void takesWhatStandardsAndTablesShow() {
    Instant then = Instant.parse("2026-11-22T10:00:00.25Z");
    assertEquals(new Moment(then, then), Moment.parse("2026-11-22T10:00:00.25Z"));
    assertEquals(then, Moment.parse("2026-11-22 11:00:00.25+01:00").first());
    ZoneId here = ZoneId.systemDefault();
    String shown = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss").withZone(here).format(then);
    Moment second = Moment.parse(shown);
    assertTrue(!then.isBefore(second.first()) && !then.isAfter(second.last()), shown);
    assertEquals(999_999_999, Duration.between(second.first(), second.last()).toNanos());
    Moment day = Moment.parse("2026-11-22");
    assertEquals(LocalDate.parse("2026-11-22").atStartOfDay(here).toInstant(), day.first());
    Moment minute = Moment.parse("2026-11-22T10:00");
    assertEquals(59, Duration.between(minute.first(), minute.last()).toSeconds());
  }

  @Test
  void takesSpansBeforeNow() {
    Instant before = Instant.now().minus(Duration.ofHours(36));
    Instant meant = Moment.parse("-1d12H").first();
    assertTrue(!meant.isBefore(before) && meant.isBefore(Instant.now()), meant::toString);
    assertEquals(Duration.ofSeconds(134), Moment.span("2m14s"));
    assertEquals(Duration.ofMillis(61_850), Moment.span("1m1.5s350ms"));
  }

  @Test
  void refusesAllElse() {
    for (String text :
        new String[] {
          "", "-", "soon", "5m", "-5", "-m", "2026-13-01", "2026-11-22 25:00", "-5m "
        }) {
      assertThrows(DateTimeException.class, () -> Moment.parse(text), text);
    }
    assertThrows(DateTimeException.class, () -> Moment.parse("-9999999999999999d"));
  }
}
