package io.diffkeeper.store;

import io.diffkeeper.tree.Digest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;

/** Problems as they are found, each once, with the versions that it hurts. */
final class Problems {
  private final Map<VerifyReport.Problem, SortedSet<Long>> hurt = new LinkedHashMap<>();
  private final int countMax;

  Problems(int countMax) {
    this.countMax = countMax;
  }

  /**
   * Adds one.
   *
   * @param number of the version that it hurts; 0 for none
   */
  void add(StateName state, long number, String path, Digest digest, String what) {
    var problem = new VerifyReport.Problem(state, List.of(), path, digest, what);
    if (hurt.size() < countMax || hurt.containsKey(problem)) {
      SortedSet<Long> versions = hurt.computeIfAbsent(problem, p -> new TreeSet<>());
      if (number > 0) {
        versions.add(number);
      }
    }
  }

  void removeIf(Predicate<VerifyReport.Problem> unwanted) {
    hurt.keySet().removeIf(unwanted);
  }

  /** All of them, in the order in which they were found. */
  List<VerifyReport.Problem> list() {
    List<VerifyReport.Problem> list = new ArrayList<>();
    hurt.forEach(
        (p, versions) ->
            list.add(
                new VerifyReport.Problem(
                    p.state(), List.copyOf(versions), p.path(), p.digest(), p.what())));
    return List.copyOf(list);
  }
}
