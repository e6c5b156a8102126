package io.diffkeeper.store;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A point in time as people write it: {@code 2026-11-22T10:00:00Z}, {@code -1h30m} before now, or a
 * local time as tables show it, {@code 2026-11-22 10:00:00}, or a part of that. A local time lasts
 * as long as the last of what is written: a day, a minute, a second; so what a table shows is
 * found.
 *
 * @param first the first instant that is meant
 * @param last the last one
 */
public record Moment(Instant first, Instant last) {
  private static final Pattern LOCAL =
      Pattern.compile("(\\d{4}-\\d\\d-\\d\\d)(?:[T ](\\d\\d:\\d\\d)(:\\d\\d)?)?");
  private static final Pattern SPAN =
      Pattern.compile(
          "(?:(\\d{1,6})d)?(?:(\\d{1,8})h)?(?:(\\d{1,9})m)?"
              + "(?:(\\d{1,10}(?:\\.\\d{1,9})?)s)?(?:(\\d{1,12})ms)?");

  /**
   * Parses a moment.
   *
   * @throws DateTimeException if it is none
   */
  public static Moment parse(String text) {
    if (text.startsWith("-")) {
      return of(Instant.now().minus(span(text.substring(1))));
    }
    Matcher local = LOCAL.matcher(text);
    if (!local.matches()) {
      return of(OffsetDateTime.parse(text.replace(' ', 'T')).toInstant());
    }
    LocalDate date = LocalDate.parse(local.group(1));
    if (local.group(2) == null) {
      return from(date.atStartOfDay(), ChronoUnit.DAYS);
    }
    boolean seconds = local.group(3) != null;
    String time = local.group(2) + (seconds ? local.group(3) : "");
    return from(
        LocalDateTime.parse(date + "T" + time), seconds ? ChronoUnit.SECONDS : ChronoUnit.MINUTES);
  }

  private static Moment of(Instant instant) {
    return new Moment(instant, instant);
  }

  private static Moment from(LocalDateTime start, ChronoUnit unit) {
    ZoneId here = ZoneId.systemDefault();
    Instant next = start.plus(1, unit).atZone(here).toInstant();
    return new Moment(start.atZone(here).toInstant(), next.minusNanos(1));
  }

  /**
   * A span of time: {@code 2m14s}, {@code 1d12h}, {@code 1.5s}, {@code 350ms}.
   *
   * @throws DateTimeException if it is none
   */
  static Duration span(String text) {
    Matcher parts = SPAN.matcher(text.toLowerCase(Locale.ROOT));
    if (text.isEmpty() || !parts.matches()) {
      throw new DateTimeException("no span of time");
    }
    Duration seconds =
        parts.group(4) == null ? Duration.ZERO : Duration.parse("PT" + parts.group(4) + "S");
    return seconds
        .plusDays(number(parts.group(1)))
        .plusHours(number(parts.group(2)))
        .plusMinutes(number(parts.group(3)))
        .plusMillis(number(parts.group(5)));
  }

  private static long number(String digits) {
    return digits == null ? 0 : Long.parseLong(digits);
  }
}
