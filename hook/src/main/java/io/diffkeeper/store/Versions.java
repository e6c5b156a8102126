package io.diffkeeper.store;

import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * A state's versions, read one at a time, however many there are: each knows up to hundreds of
 * processes, so together they may be more than fits into memory. Versions that are forgotten
 * meanwhile are left out. For any number of threads.
 */
public final class Versions {
  private final Store store;
  private final StateName state;
  private final List<Long> ascending;

  /**
   * The versions that there are now; the store has to stay open.
   *
   * @throws io.diffkeeper.DiffKeeperException NOT_FOUND if there is no such state
   */
  public Versions(Store store, StateName state) {
    this.store = store;
    this.state = state;
    this.ascending =
        store
            .environment()
            .read(txn -> store.catalog().numbers(txn, store.catalog().state(txn, state).name()));
  }

  /** How many there are. */
  public int count() {
    return ascending.size();
  }

  /** What all of them took when they were written, in bytes. */
  public long storedBytes() {
    long bytes = 0;
    for (Version version : oldestFirst()) {
      bytes += version.storedBytes();
    }
    return bytes;
  }

  /** Their numbers, ascending. */
  public List<Long> numbers() {
    return Collections.unmodifiableList(ascending);
  }

  /** From the oldest one on. */
  public Iterable<Version> oldestFirst() {
    return () -> new Reading(0, 1);
  }

  /** From the newest one on. */
  public Iterable<Version> newestFirst() {
    return () -> new Reading(ascending.size() - 1, -1);
  }

  private final class Reading implements Iterator<Version> {
    private final int step;
    private int at;
    private Version next;

    Reading(int at, int step) {
      this.at = at;
      this.step = step;
    }

    @Override
    public boolean hasNext() {
      for (; next == null && at >= 0 && at < ascending.size(); at += step) {
        next = store.version(state, ascending.get(at)).orElse(null);
      }
      return next != null;
    }

    @Override
    public Version next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      Version found = next;
      next = null;
      return found;
    }
  }
}
