package io.diffkeeper.history;

import io.diffkeeper.history.Timeline.Step;
import io.diffkeeper.tree.Name;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What concerns one path in a timeline, under whatever names the file had before and afterwards: a
 * rename is followed in both directions of time.
 */
public final class Trail {
  private final Name path;
  private final Map<Change, Boolean> found = new IdentityHashMap<>();

  private Trail(Name path) {
    this.path = path;
  }

  /**
   * Leaves only what concerns a path, or what is beneath it.
   *
   * @param steps oldest first, and all of them: a rename in a step that is missing is not followed
   * @return the steps that have such changes, with nothing but these
   */
  public static List<Step> of(Name path, List<Step> steps) {
    Trail trail = new Trail(path);
    trail.forwards(steps);
    trail.backwards(steps);
    List<Step> left = new ArrayList<>();
    for (Step step : steps) {
      List<Change> changes = step.changes().stream().filter(trail.found::containsKey).toList();
      if (!changes.isEmpty()) {
        left.add(new Step(step.version(), step.before(), changes));
      }
    }
    return left;
  }

  private void forwards(List<Step> steps) {
    Set<Name> names = new HashSet<>(Set.of(path));
    for (Step step : steps) {
      for (Change change : step.changes()) {
        follow(change, names, change.from(), change.path());
      }
      step.changes().stream()
          .filter(change -> change.operation() == Operation.REMOVE)
          .forEach(change -> forget(names, change.path()));
    }
  }

  private void backwards(List<Step> steps) {
    Set<Name> names = new HashSet<>(Set.of(path));
    for (int i = steps.size() - 1; i >= 0; i--) {
      List<Change> changes = steps.get(i).changes();
      for (Change change : changes) {
        follow(change, names, change.path(), change.from());
      }
      changes.stream()
          .filter(change -> change.operation() == Operation.CREATE)
          .forEach(change -> forget(names, change.path()));
    }
  }

  /** Notes a change to one of the names; a rename gives the name that is followed from there on. */
  private void follow(Change change, Set<Name> names, Name here, Name there) {
    for (Name name : List.copyOf(names)) {
      boolean renamed = change.operation() == Operation.RENAME;
      if (renamed && Paths.within(name, here)) {
        found.put(change, true);
        names.add(Paths.moved(name, here, there));
        forget(names, name);
      } else if (change.touches(name)) {
        found.put(change, true);
      }
    }
  }

  private void forget(Set<Name> names, Name name) {
    if (!name.equals(path)) {
      names.remove(name);
    }
  }
}
