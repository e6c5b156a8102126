package io.diffkeeper.history;

import io.diffkeeper.history.Timeline.Step;
import io.diffkeeper.tree.Name;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * What concerns one path in a timeline, under whatever names the file had before and afterwards: a
 * rename is followed in both directions of time. The timeline is walked back, then forth; what is
 * held are the names.
 */
public final class Trail {
  private final Name path;

  /** The names that the path had after a version, as seen from the end; only where they change. */
  private final Map<Long, Names> former = new HashMap<>();

  private Trail(Name path) {
    this.path = path;
  }

  /** Tells of each change to a path, or to what is beneath it, oldest first. */
  public static void walk(Timeline timeline, Name path, BiConsumer<Step, Change> sink) {
    Trail trail = new Trail(path);
    Names[] names = {trail.only()};
    timeline.walkBack(
        step -> {
          Names after = names[0].copy();
          step.changes().forEach(change -> names[0].follow(change, false));
          names[0].end();
          if (!after.areThoseOf(names[0])) {
            trail.former.put(step.version().number(), after);
          }
        });
    trail.forth(timeline, names[0], sink);
  }

  private Names only() {
    return new Names(path, Set.of(path));
  }

  private void forth(Timeline timeline, Names oldest, BiConsumer<Step, Change> sink) {
    Names[] names = {only(), oldest};
    timeline.walk(
        any -> true,
        step -> {
          Names later = former.getOrDefault(step.version().number(), names[1]);
          Names back = later.copy();
          for (Change change : step.changes()) {
            boolean forwards = names[0].follow(change, true);
            if (back.follow(change, false) || forwards) {
              sink.accept(step, change);
            }
          }
          names[0].end();
          names[1] = later;
        });
  }

  /** The names that a path has at some time. */
  private static final class Names {
    private final Name path;
    private final Set<Name> all;
    private final Set<Name> left = new HashSet<>();
    private final Set<Name> taken = new HashSet<>();

    Names(Name path, Set<Name> all) {
      this.path = path;
      this.all = new HashSet<>(all);
    }

    Names copy() {
      return new Names(path, all);
    }

    /**
     * Whether a change is to one of the names; a rename gives the one to be followed from there.
     */
    boolean follow(Change change, boolean forwards) {
      Name here = forwards ? change.from() : change.path();
      Name there = forwards ? change.path() : change.from();
      // What comes, or goes, at one of the names is another file beyond.
      Operation last = forwards ? Operation.REMOVE : Operation.CREATE;
      boolean found = false;
      for (Name name : all) {
        if (change.operation() == Operation.RENAME && Paths.within(name, here)) {
          found = true;
          taken.add(Paths.moved(name, here, there));
          left.add(name);
        } else {
          found |= change.touches(name);
          if (change.operation() == last && change.path().equals(name)) {
            left.add(name);
          }
        }
      }
      return found;
    }

    /** All changes of a step were followed. */
    void end() {
      all.removeAll(left);
      all.addAll(taken);
      all.add(path);
      left.clear();
      taken.clear();
    }

    boolean areThoseOf(Names other) {
      return all.equals(other.all);
    }
  }
}
