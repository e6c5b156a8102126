package io.diffkeeper.history;

import io.diffkeeper.store.Space;
import io.diffkeeper.store.StateName;
import io.diffkeeper.store.Store;
import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Name;
import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * What makes one tree of a state the other: a directory, then what is in it, in the order of the
 * names. It is computed while it is looked at, from a store that is open, so that it needs memory
 * for what was renamed only. It costs what has changed, not what there is. For one thread.
 */
public final class Changes implements Iterable<Change> {
  private final Store store;
  private final Space space;
  private final Digest before;
  private final Digest after;

  private Changes(Store store, Space space, Digest before, Digest after) {
    this.store = store;
    this.space = space;
    this.before = before;
    this.after = after;
  }

  /**
   * Compares two trees.
   *
   * @param before digest of a version's root; null for the empty tree
   * @param after digest of a version's root; null for the empty tree
   */
  public static Changes between(Store store, StateName state, Digest before, Digest after) {
    return new Changes(store, store.state(state).orElseThrow().space(), before, after);
  }

  @Override
  public Iterator<Change> iterator() {
    return new Walk(Renames.in(this::differences));
  }

  private Differences differences() {
    return new Differences(digest -> store.directory(space, digest), before, after);
  }

  private final class Walk implements Iterator<Change> {
    private final Renames renames;
    private final Differences differences = differences();
    private Change next;

    Walk(Renames renames) {
      this.renames = renames;
    }

    @Override
    public boolean hasNext() {
      while (next == null) {
        Difference found = differences.next();
        if (found == null) {
          return false;
        }
        next = change(found);
      }
      return true;
    }

    @Override
    public Change next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      Change told = next;
      next = null;
      return told;
    }

    /** Null for what is told of where it went to. */
    private Change change(Difference found) {
      Name path = found.path();
      Name from = renames.source(path);
      if (from != null) {
        differences.skip();
        return new Change(Operation.RENAME, path, from, found.before(), found.after());
      }
      if (found.went() && renames.isTaken(path)) {
        differences.skip();
        return null;
      }
      return new Change(operation(found), path, null, found.before(), found.after());
    }
  }

  private static Operation operation(Difference found) {
    if (found.went()) {
      return Operation.REMOVE;
    }
    if (found.came()) {
      return Operation.CREATE;
    }
    if (!found.isOfOneType()) {
      return Operation.REPLACE;
    }
    return found.isNew() ? Operation.MODIFY : Operation.ATTRIBUTES;
  }
}
