package io.diffkeeper.keeper;

import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;

/**
 * How long something took each time, counted in classes. Immutable.
 *
 * @param millis all of it together
 * @param counts how many took at most each of {@link #BOUNDS_MILLIS}, and more than the one before;
 *     the last is of those that took longer than all
 */
public record Durations(long millis, List<Long> counts) {
  /** Upper bounds of the classes, in milliseconds. */
  public static final List<Long> BOUNDS_MILLIS =
      List.of(2L, 5L, 10L, 25L, 50L, 100L, 250L, 500L, 1000L, 2500L, 5000L, 10_000L, 60_000L);

  /** What has not happened yet. */
  static final Durations NONE = new Durations(0, none());

  /** Copies the list. */
  public Durations {
    counts = List.copyOf(counts);
    if (counts.size() != BOUNDS_MILLIS.size() + 1) {
      throw new IllegalArgumentException("durations of another build");
    }
  }

  private static List<Long> none() {
    List<Long> none = new ArrayList<>(BOUNDS_MILLIS);
    none.add(0L);
    none.replaceAll(any -> 0L);
    return none;
  }

  /** These, and one more. */
  Durations plus(long one) {
    int at = 0;
    while (at < BOUNDS_MILLIS.size() && one > BOUNDS_MILLIS.get(at)) {
      at++;
    }
    List<Long> more = new ArrayList<>(counts);
    more.set(at, more.get(at) + 1);
    return new Durations(millis + one, more);
  }

  /** One word without blanks. */
  String word() {
    StringJoiner word = new StringJoiner(",").add(Long.toString(millis));
    counts.forEach(count -> word.add(count.toString()));
    return word.toString();
  }

  /**
   * Reads a word.
   *
   * @throws IllegalArgumentException if it is none of these
   */
  static Durations of(String word) {
    List<Long> numbers = new ArrayList<>();
    for (String number : word.split(",")) {
      numbers.add(Long.parseLong(number));
    }
    return new Durations(numbers.get(0), numbers.subList(1, numbers.size()));
  }
}
