package io.diffkeeper.keeper;

import io.diffkeeper.DiffKeeperException;
import java.util.HashMap;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;

/** What a keeper counts over its life, for metrics. For the keeper's one thread. */
public final class Figures {
  private Durations commits = Durations.NONE;
  private Durations replays = Durations.NONE;
  private final Map<Integer, Long> failures = new TreeMap<>();
  private long storedBytes;

  Figures() {}

  /**
   * The counts at one moment.
   *
   * @param storedBytes what all versions of this keeper took in the store
   * @param replays how long replays took; a keeper has one, or none
   * @param commits how long commits took
   * @param failures failed commits by exit code
   */
  public record Snapshot(
      long storedBytes, Durations replays, Durations commits, Map<Integer, Long> failures) {

    private static final int PARTS = 4;

    /** Copies the map. */
    public Snapshot {
      failures = Map.copyOf(failures);
    }

    /** One word without blanks. */
    String word() {
      StringJoiner failed = new StringJoiner(",");
      failures.forEach((code, count) -> failed.add(code + ":" + count));
      return storedBytes + ";" + replays.word() + ";" + commits.word() + ";" + failed;
    }

    /**
     * Reads a word.
     *
     * @throws IllegalArgumentException if it is none of these
     */
    static Snapshot of(String word) {
      String[] parts = word.split(";", -1);
      if (parts.length != PARTS) {
        throw new IllegalArgumentException("figures of another build");
      }
      Map<Integer, Long> failures = new HashMap<>();
      for (String failure : parts[3].isEmpty() ? new String[0] : parts[3].split(",")) {
        String[] pair = failure.split(":", 2);
        failures.put(Integer.parseInt(pair[0]), Long.parseLong(pair[pair.length - 1]));
      }
      return new Snapshot(
          Long.parseLong(parts[0]), Durations.of(parts[1]), Durations.of(parts[2]), failures);
    }
  }

  void replayed(long millis) {
    replays = replays.plus(millis);
  }

  void stored(long bytes) {
    storedBytes += bytes;
  }

  void committed(long millis) {
    commits = commits.plus(millis);
  }

  void failed(DiffKeeperException failure) {
    failures.merge(failure.exitCode().code(), 1L, Long::sum);
  }

  Snapshot snapshot() {
    return new Snapshot(storedBytes, replays, commits, failures);
  }
}
