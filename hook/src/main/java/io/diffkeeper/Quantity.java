package io.diffkeeper;

import java.time.Duration;
import java.util.Locale;

/**
 * The values that annotations, configuration and command line are written in. Every method takes
 * the text as written and answers in one unit; none is lenient about spaces, signs or fractions.
 */
public final class Quantity {
  /** Shortest average chunk, in bytes. */
  public static final int CHUNK_MIN = 4 << 10;

  /** Longest average chunk, in bytes. */
  public static final int CHUNK_MAX = 16 << 20;

  /** Most versions between two snapshots. */
  public static final int SNAPSHOT_INTERVAL_MAX = 255;

  private static final int DIGITS_MAX = 12;

  private Quantity() {}

  /**
   * A size in bytes: digits, then {@code k}, {@code m} or {@code g} (times 1024, 1024², 1024³) or
   * nothing.
   *
   * @throws IllegalArgumentException if it is not such a size or lies outside {@code min..max}
   *     bytes
   */
  public static long bytes(String text, long min, long max) {
    int digits = digits(text);
    int shift =
        switch (text.substring(digits).toLowerCase(Locale.ROOT)) {
          case "" -> 0;
          case "k" -> 10;
          case "m" -> 20;
          case "g" -> 30;
          default -> -1;
        };
    if (digits == 0 || digits > DIGITS_MAX || shift < 0) {
      throw new IllegalArgumentException("not a size such as 64k or 1m: " + shown(text));
    }
    // 10^12 * 2^30 does not fit a long.
    long value = Long.parseLong(text.substring(0, digits));
    if (value > Long.MAX_VALUE >> shift) {
      throw new IllegalArgumentException("too large: " + shown(text));
    }
    return inRange(value << shift, min, max, "bytes");
  }

  /**
   * A duration: digits, then {@code ms}, {@code s}, {@code m}, {@code h} or {@code d}.
   *
   * @throws IllegalArgumentException if it is not such a duration or lies outside {@code min..max}
   */
  public static Duration duration(String text, Duration min, Duration max) {
    int digits = digits(text);
    long millisEach =
        switch (text.substring(digits)) {
          case "ms" -> 1L;
          case "s" -> 1000L;
          case "m" -> 60_000L;
          case "h" -> 3_600_000L;
          case "d" -> 86_400_000L;
          default -> 0L;
        };
    if (digits == 0 || digits > DIGITS_MAX || millisEach == 0) {
      throw new IllegalArgumentException("not a duration such as 100ms or 10s: " + shown(text));
    }
    long millis = Long.parseLong(text.substring(0, digits)) * millisEach;
    return Duration.ofMillis(inRange(millis, min.toMillis(), max.toMillis(), "milliseconds"));
  }

  /**
   * A count: digits only.
   *
   * @throws IllegalArgumentException if it is no such count or lies outside {@code min..max}
   */
  public static int count(String text, int min, int max) {
    int digits = digits(text);
    if (digits == 0 || digits > DIGITS_MAX || digits < text.length()) {
      throw new IllegalArgumentException("not a whole number: " + shown(text));
    }
    return (int) inRange(Long.parseLong(text), min, max, "");
  }

  /**
   * An average chunk length in bytes, {@link #CHUNK_MIN} to {@link #CHUNK_MAX}.
   *
   * @throws IllegalArgumentException if it is no such size
   */
  public static int chunkSize(String text) {
    return (int) bytes(text, CHUNK_MIN, CHUNK_MAX);
  }

  /**
   * A number of versions between snapshots, 1 to {@link #SNAPSHOT_INTERVAL_MAX}.
   *
   * @throws IllegalArgumentException if it is no such count
   */
  public static int snapshotInterval(String text) {
    return count(text, 1, SNAPSHOT_INTERVAL_MAX);
  }

  /**
   * One of an enum's constants, written in lower case.
   *
   * @throws IllegalArgumentException if it is none of them
   */
  public static <E extends Enum<E>> E choice(String text, Class<E> type) {
    StringBuilder known = new StringBuilder();
    for (E constant : type.getEnumConstants()) {
      String name = constant.name().toLowerCase(Locale.ROOT);
      if (name.equals(text)) {
        return constant;
      }
      known.append(known.isEmpty() ? "" : ", ").append(name);
    }
    throw new IllegalArgumentException("not one of " + known + ": " + shown(text));
  }

  /** A text from outside, fit for one line of a message: printable, at most 80 characters. */
  public static String shown(String text) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < text.length() && i < 80; i++) {
      char c = text.charAt(i);
      if (Character.isISOControl(c) || c == '\u2028' || c == '\u2029') {
        line.append(String.format("\\u%04x", (int) c));
      } else {
        line.append(c);
      }
    }
    return line.append(text.length() > 80 ? "…" : "").toString();
  }

  private static int digits(String text) {
    int end = 0;
    while (end < text.length() && text.charAt(end) >= '0' && text.charAt(end) <= '9') {
      end++;
    }
    return end;
  }

  private static long inRange(long value, long min, long max, String unit) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          (value + " is outside " + min + " to " + max + " " + unit).strip());
    }
    return value;
  }
}
