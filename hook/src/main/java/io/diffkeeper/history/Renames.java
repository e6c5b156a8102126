package io.diffkeeper.history;

import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.FileType;
import io.diffkeeper.tree.Name;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Finds what went and came back under another name, or took the place of another file: directories
 * first, so that one that was renamed stands for all that is in it. It walks the differences again
 * instead of holding them. What it holds are the renames that it found, and what went that is like
 * something that came.
 */
final class Renames {
  /** More that are alike are not looked at for the same name. */
  private static final int CANDIDATES_MAX = 64;

  /** Two that share a bit by chance only cost that one is held. */
  private static final int BITS = 1 << 23;

  private final Supplier<Differences> walks;
  private final Map<Name, Name> sources = new HashMap<>();
  private final Set<Name> taken = new HashSet<>();

  private Renames(Supplier<Differences> walks) {
    this.walks = walks;
  }

  /**
   * What a rename leaves as it is. Compared by hand: the methods that a record has of itself are
   * made when they are first used, which takes longer than a short diff.
   */
  private record Likeness(
      FileType type, long size, Digest content, Name target, long seconds, int nanos) {
    static Likeness of(Entry entry) {
      return new Likeness(
          entry.type(),
          entry.size(),
          entry.content(),
          entry.target(),
          entry.metadata().mtimeSeconds(),
          entry.metadata().mtimeNanos());
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Likeness like
          && type == like.type
          && size == like.size
          && seconds == like.seconds
          && nanos == like.nanos
          && Objects.equals(content, like.content)
          && Objects.equals(target, like.target);
    }

    @Override
    public int hashCode() {
      return Objects.hash(type.ordinal(), size, content, target, seconds, nanos);
    }

    int bit() {
      return hashCode() & (BITS - 1);
    }
  }

  /** Looks for renames in walks over the same differences. */
  static Renames in(Supplier<Differences> walks) {
    Renames renames = new Renames(walks);
    if (renames.arePossible()) {
      renames.pair(true);
      renames.pair(false);
    }
    return renames;
  }

  /** Where a path was before it was renamed to this one; null if it was not. */
  Name source(Name path) {
    return sources.get(path);
  }

  /** Whether what went from this path is elsewhere. */
  boolean isTaken(Name path) {
    return taken.contains(path);
  }

  private boolean arePossible() {
    boolean went = false;
    boolean came = false;
    Differences all = walks.get();
    for (Difference each = all.next(); each != null && !(went && came); each = all.next()) {
      went |= each.went();
      came |= each.isNew();
    }
    return went && came;
  }

  /** The next one of a kind that has not been paired yet; null if there is none. */
  private Difference next(Differences walk, boolean directories, boolean went) {
    for (Difference each = walk.next(); each != null; each = walk.next()) {
      if (each.went() ? taken.contains(each.path()) : sources.containsKey(each.path())) {
        walk.skip();
      } else if (each.isDirectory() == directories && (went ? each.went() : each.isNew())) {
        return each;
      }
    }
    return null;
  }

  private void pair(boolean directories) {
    BitSet wanted = new BitSet();
    Differences walk = walks.get();
    for (Difference d = next(walk, directories, false); d != null; ) {
      wanted.set(Likeness.of(d.after()).bit());
      d = next(walk, directories, false);
    }
    Map<Likeness, List<Name>> gone = new HashMap<>();
    walk = walks.get();
    for (Difference d = next(walk, directories, true); d != null; ) {
      Likeness likeness = Likeness.of(d.before());
      if (wanted.get(likeness.bit())) {
        gone.computeIfAbsent(likeness, key -> new LinkedList<>()).add(d.path());
      }
      d = next(walk, directories, true);
    }
    walk = gone.isEmpty() ? null : walks.get();
    for (Difference d = walk == null ? null : next(walk, directories, false); d != null; ) {
      Name from = take(gone.get(Likeness.of(d.after())), d.path());
      if (from != null) {
        sources.put(d.path(), from);
        taken.add(from);
        walk.skip();
      }
      d = next(walk, directories, false);
    }
  }

  /** The path that was most likely renamed to this one, each once; null if none was. */
  private Name take(List<Name> candidates, Name path) {
    if (candidates == null) {
      return null;
    }
    Name found = null;
    Iterator<Name> each = candidates.iterator();
    for (int n = 0; n < CANDIDATES_MAX && each.hasNext(); n++) {
      Name candidate = each.next();
      if (isInTaken(candidate)) {
        each.remove();
      } else if (Paths.last(candidate).equals(Paths.last(path))) {
        each.remove();
        return candidate;
      } else if (found == null) {
        found = candidate;
      }
    }
    candidates.remove(found); // one of the first
    return found;
  }

  private boolean isInTaken(Name path) {
    for (Name at = Paths.parent(path); at != null; at = Paths.parent(at)) {
      if (taken.contains(at)) {
        return true;
      }
    }
    return false;
  }
}
