package io.diffkeeper.history;

import io.diffkeeper.store.Author;
import io.diffkeeper.store.StateName;
import io.diffkeeper.store.Store;
import io.diffkeeper.store.Version;
import io.diffkeeper.store.Versions;
import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.FileType;
import io.diffkeeper.tree.Name;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Where two recorded runs of one command part. Versions are cut at other moments in each run, so
 * what a file was in passing may be in one recording only; what it was in the end is in both. So of
 * each path that ended differently, the first content counts that the other run never had. Times of
 * files are no difference.
 */
public final class Divergence {
  private final Store store;
  private final StateName state;

  private Divergence(Store store, StateName state) {
    this.store = store;
    this.state = state;
  }

  /**
   * One path's first difference.
   *
   * @param path the path
   * @param first whether this is in the first run; else the second one
   * @param at how long after that run's start
   * @param version number of the version that has it
   * @param operation what happened; null if it was there, or not there, from the start
   * @param lasting whether the path ended differently; else only in passing
   * @param author the process that did it; null if that is not known
   */
  public record Point(
      Name path,
      boolean first,
      Duration at,
      long version,
      Operation operation,
      boolean lasting,
      Author author) {}

  /**
   * What a path is at some time; nothing of it is its time. Compared by hand: the methods that a
   * record has of itself take longer to make than all else that is done here.
   */
  private record Shape(Digest content, Name target, int mode, long uid, long gid, String type) {
    static Shape of(Entry entry) {
      return entry == null
          ? null
          : new Shape(
              entry.type() == FileType.DIRECTORY ? null : entry.content(),
              entry.target(),
              entry.metadata().permissions(),
              entry.metadata().uid(),
              entry.metadata().gid(),
              entry.type().name());
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Shape like
          && mode == like.mode
          && uid == like.uid
          && gid == like.gid
          && type.equals(like.type)
          && Objects.equals(content, like.content)
          && Objects.equals(target, like.target);
    }

    @Override
    public int hashCode() {
      return Objects.hash(content, target, mode, uid, gid, type);
    }
  }

  private record Moment(
      Name path, Shape shape, Version version, Operation operation, Author author) {}

  /** All that one run did. */
  private static final class Run {
    private final List<Moment> moments = new ArrayList<>();
    private final Map<Name, Set<Shape>> seen = new HashMap<>();
    private final Map<Name, Shape> last = new HashMap<>();
    private Instant start;

    void add(Moment moment) {
      start = start == null ? moment.version().time() : start;
      moments.add(moment);
      Set<Shape> shapes = seen.get(moment.path());
      if (shapes == null) {
        shapes = new HashSet<>();
        seen.put(moment.path(), shapes);
        if (moment.operation() != null) {
          shapes.add(null); // it was not there from the start
        }
      }
      shapes.add(moment.shape());
      last.put(moment.path(), moment.shape());
    }

    boolean had(Moment other) {
      Set<Shape> shapes = seen.get(other.path());
      return shapes == null ? other.shape() == null : shapes.contains(other.shape());
    }
  }

  /**
   * Compares two runs.
   *
   * @param first the origin of the first run's versions
   * @param second that of the second run's
   * @return each path that differs, once: those that ended differently first, then in order of time
   */
  public static List<Point> between(Store store, StateName state, String first, String second) {
    Divergence divergence = new Divergence(store, state);
    Run a = divergence.run(first);
    Run b = divergence.run(second);
    Map<Name, Point> points = new HashMap<>();
    collect(a, b, true, points);
    collect(b, a, false, points);
    return points.values().stream()
        .sorted(
            Comparator.comparing(Point::lasting)
                .reversed()
                .thenComparing(Point::at)
                .thenComparing(Point::path))
        .toList();
  }

  private Run run(String origin) {
    Run run = new Run();
    Digest before = null;
    long number = 0;
    for (Version version : new Versions(store, state).oldestFirst()) {
      if (version.origin().containerId().equals(origin)) {
        boolean start = before == null;
        for (Change change : Changes.between(store, state, before, version.root())) {
          Author author = start ? null : Authorship.of(change, version, number);
          if (change.from() != null) {
            run.add(new Moment(change.from(), null, version, Operation.REMOVE, author));
          }
          Operation operation = start ? null : change.operation();
          Shape shape = Shape.of(change.after());
          run.add(new Moment(change.path(), shape, version, operation, author));
        }
        before = version.root();
        number = version.number();
      }
    }
    return run;
  }

  private static void collect(Run run, Run other, boolean first, Map<Name, Point> points) {
    for (Moment moment : run.moments) {
      if (!other.had(moment)) {
        Shape end = run.last.get(moment.path());
        Shape otherEnd = other.last.get(moment.path());
        Point point =
            new Point(
                moment.path(),
                first,
                Duration.between(run.start, moment.version().time()),
                moment.version().number(),
                moment.operation(),
                !Objects.equals(end, otherEnd),
                moment.author());
        points.merge(moment.path(), point, (a, b) -> b.at().compareTo(a.at()) < 0 ? b : a);
      }
    }
  }
}
