package io.diffkeeper.keeper;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a keeper counts over its life, for metrics. For the keeper's one thread. */
public final class Figures {
  private final long[] commits = new long[Snapshot.BOUNDS_MILLIS.size() + 1];
  private final Map<Integer, Long> failures = new TreeMap<>();
  private long commitMillis;
  private long replayMillis;
  private long storedBytes;

  Figures() {}

  /**
   * The counts at one moment.
   *
   * @param replayMillis how long the replay took; 0 if there was none
   * @param storedBytes what all versions of this keeper took in the store
   * @param commitMillis how long all commits took together
   * @param commits how many commits took at most each of {@link #BOUNDS_MILLIS}, and more than the
   *     one before; the last is of those that took longer than all
   * @param failures failed commits by exit code
   */
  public record Snapshot(
      long replayMillis,
      long storedBytes,
      long commitMillis,
      List<Long> commits,
      Map<Integer, Long> failures) {

    /** Upper bounds of the classes of commits, in milliseconds. */
    public static final List<Long> BOUNDS_MILLIS =
        List.of(2L, 5L, 10L, 25L, 50L, 100L, 250L, 500L, 1000L, 2500L, 5000L, 10_000L);

    /** Copies the list and the map. */
    public Snapshot {
      commits = List.copyOf(commits);
      failures = Map.copyOf(failures);
    }

    /** One word without blanks. */
    String word() {
      StringBuilder word = new StringBuilder();
      word.append(replayMillis).append(',').append(storedBytes).append(',').append(commitMillis);
      commits.forEach(count -> word.append(',').append(count));
      failures.forEach((code, count) -> word.append(',').append(code).append(':').append(count));
      return word.toString();
    }

    /**
     * Reads a word.
     *
     * @throws IllegalArgumentException if it is none of these
     */
    static Snapshot of(String word) {
      List<Long> numbers = new ArrayList<>();
      Map<Integer, Long> failures = new TreeMap<>();
      for (String part : word.split(",")) {
        int colon = part.indexOf(':');
        if (colon < 0) {
          numbers.add(Long.parseLong(part));
        } else {
          failures.put(
              Integer.parseInt(part.substring(0, colon)),
              Long.parseLong(part.substring(colon + 1)));
        }
      }
      if (numbers.size() != 3 + BOUNDS_MILLIS.size() + 1) {
        throw new IllegalArgumentException("figures of another build");
      }
      return new Snapshot(
          numbers.get(0),
          numbers.get(1),
          numbers.get(2),
          numbers.subList(3, numbers.size()),
          failures);
    }
  }

  void replayed(long millis) {
    replayMillis = millis;
  }

  void stored(long bytes) {
    storedBytes += bytes;
  }

  void committed(long millis) {
    int at = 0;
    while (at < Snapshot.BOUNDS_MILLIS.size() && millis > Snapshot.BOUNDS_MILLIS.get(at)) {
      at++;
    }
    commits[at]++;
    commitMillis += millis;
  }

  void failed(DiffKeeperException failure) {
    ExitCode code = failure.exitCode();
    failures.merge(code.code(), 1L, Long::sum);
  }

  Snapshot snapshot() {
    List<Long> counts = new ArrayList<>();
    for (long count : commits) {
      counts.add(count);
    }
    return new Snapshot(replayMillis, storedBytes, commitMillis, counts, failures);
  }
}
