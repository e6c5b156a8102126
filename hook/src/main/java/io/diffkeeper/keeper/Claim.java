package io.diffkeeper.keeper;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.config.Configuration;
import io.diffkeeper.store.StateInfo;
import io.diffkeeper.store.StateName;
import io.diffkeeper.store.Store;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The state that a container has got, and the right to write it.
 *
 * <p>States of a set are {@code SET_0}, {@code SET_1} and so on. A pod that had one gets it again;
 * another pod gets the first that is free, and rather one that has versions than a new one. Who
 * takes one holds its lock, so no two pods ever have the same.
 *
 * @param state its name
 * @param lock the right
 */
record Claim(StateName state, StateLock lock) {
  /** Most states of a set. */
  private static final int STATES_MAX = 1000;

  private static final String POD = ", pod ";

  /** What a lock's text ends in while a pod holds it, and afterwards. */
  static String mark(String pod) {
    return POD + pod;
  }

  /**
   * Takes a state.
   *
   * @throws DiffKeeperException (BUSY) if it is held, or all of the set are
   */
  static Claim take(Configuration configuration, Store store, Subject subject) {
    Path locks = configuration.store();
    Duration wait = configuration.lockWait();
    if (subject.claimant().isEmpty()) {
      return new Claim(
          subject.state(), StateLock.acquire(locks, subject.state(), subject.holder(), wait));
    }
    String mark = mark(subject.claimant().get());
    for (StateName state : inOrder(store, locks, subject.state(), mark)) {
      boolean own = StateLock.text(locks, state).endsWith(mark);
      try {
        return new Claim(
            state, StateLock.acquire(locks, state, subject.holder(), own ? wait : Duration.ZERO));
      } catch (DiffKeeperException e) {
        if (own || e.exitCode() != ExitCode.BUSY) {
          throw e;
        }
      }
    }
    throw new DiffKeeperException(
        ExitCode.BUSY, "all " + STATES_MAX + " states of " + subject.state() + " are held");
  }

  /** The pod's own, then those that have versions, then those that have none, then new ones. */
  private static List<StateName> inOrder(Store store, Path locks, StateName set, String mark) {
    List<StateName> used = used(locks, set);
    List<StateName> all = new ArrayList<>(used);
    all.removeIf(state -> !StateLock.text(locks, state).endsWith(mark));
    for (StateName state : used) {
      if (store.state(state).map(StateInfo::latest).isPresent()) {
        all.add(state);
      }
    }
    all.addAll(used);
    for (int number = used.size(); number < STATES_MAX; number++) {
      all.add(member(set, number));
    }
    return all;
  }

  /** Those that were ever taken: the first ones, as new ones are taken in order. */
  private static List<StateName> used(Path locks, StateName set) {
    return IntStream.range(0, STATES_MAX)
        .mapToObj(number -> member(set, number))
        .takeWhile(state -> StateLock.exists(locks, state))
        .toList();
  }

  private static StateName member(StateName set, int number) {
    return new StateName(set.namespace(), set.name() + "_" + number);
  }

  /** Whether a start has its state already. */
  static boolean isTaken(Path locks, Subject subject) {
    List<StateName> candidates =
        subject.claimant().isEmpty() ? List.of(subject.state()) : used(locks, subject.state());
    return candidates.stream()
        .anyMatch(state -> subject.holder().equals(StateLock.holder(locks, state)));
  }
}
