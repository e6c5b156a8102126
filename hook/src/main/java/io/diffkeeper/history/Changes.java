package io.diffkeeper.history;

import io.diffkeeper.store.Space;
import io.diffkeeper.store.StateName;
import io.diffkeeper.store.Store;
import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.FileType;
import io.diffkeeper.tree.Name;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Compares two trees of a state. Directories of the same digest are the same and are not read, so
 * it costs what has changed and not what there is. For one thread and one comparison.
 */
public final class Changes {
  private static final List<Entry> NOTHING = List.of();

  private final Function<Digest, List<Entry>> directories;
  private final List<Change> changes = new ArrayList<>();
  private final NavigableMap<Name, Entry> removed = new TreeMap<>();
  private final NavigableMap<Name, Entry> created = new TreeMap<>();

  private Changes(Function<Digest, List<Entry>> directories) {
    this.directories = directories;
  }

  /**
   * What makes one tree the other, ordered by path.
   *
   * @param before digest of a version's root; null for the empty tree
   * @param after digest of a version's root; null for the empty tree
   */
  public static List<Change> between(Store store, StateName state, Digest before, Digest after) {
    Space space = store.state(state).orElseThrow().space();
    return new Changes(digest -> store.directory(space, digest)).run(before, after);
  }

  private List<Change> run(Digest before, Digest after) {
    directory(Name.EMPTY, before, after);
    pair();
    removed.forEach(
        (path, entry) -> changes.add(new Change(Operation.REMOVE, path, null, entry, null)));
    created.forEach(
        (path, entry) -> changes.add(new Change(Operation.CREATE, path, null, null, entry)));
    changes.sort(Comparator.comparing(Change::path));
    return changes;
  }

  private List<Entry> list(Digest digest) {
    return digest == null ? NOTHING : directories.apply(digest);
  }

  /** Walks two lists that are ordered by name. */
  private void directory(Name path, Digest before, Digest after) {
    if (before != null && before.equals(after)) {
      return;
    }
    List<Entry> old = list(before);
    List<Entry> now = list(after);
    int i = 0;
    int j = 0;
    while (i < old.size() || j < now.size()) {
      int order =
          i == old.size()
              ? 1
              : j == now.size() ? -1 : old.get(i).name().compareTo(now.get(j).name());
      if (order < 0) {
        gather(path, old.get(i++), removed);
      } else if (order > 0) {
        gather(path, now.get(j++), created);
      } else {
        both(path.resolve(old.get(i).name()), old.get(i++), now.get(j++));
      }
    }
  }

  private void both(Name path, Entry old, Entry now) {
    if (old.type() != now.type()) {
      changes.add(new Change(Operation.REPLACE, path, null, old, now));
      inside(path, old, removed);
      inside(path, now, created);
    } else if (old.type() == FileType.DIRECTORY) {
      // A directory's time changes with its list, which is told of anyway.
      if (!old.metadata().equalsButTime(now.metadata())) {
        changes.add(new Change(Operation.ATTRIBUTES, path, null, old, now));
      }
      directory(path, old.content(), now.content());
    } else if (!old.sameContent(now)) {
      changes.add(new Change(Operation.MODIFY, path, null, old, now));
    } else if (!old.metadata().equals(now.metadata())) {
      changes.add(new Change(Operation.ATTRIBUTES, path, null, old, now));
    }
  }

  private void gather(Name parent, Entry entry, Map<Name, Entry> into) {
    Name path = parent.resolve(entry.name());
    into.put(path, entry);
    inside(path, entry, into);
  }

  private void inside(Name path, Entry entry, Map<Name, Entry> into) {
    if (entry.type() == FileType.DIRECTORY) {
      list(entry.content()).forEach(child -> gather(path, child, into));
    }
  }

  // --- renames -----------------------------------------------------------------------------------

  /** What a rename leaves as it is. */
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
  }

  /** Finds what went and came back under another name, or took the place of another file. */
  private void pair() {
    if (removed.isEmpty()) {
      return;
    }
    Map<Likeness, List<Name>> gone = new HashMap<>();
    removed.forEach(
        (path, entry) ->
            gone.computeIfAbsent(Likeness.of(entry), key -> new ArrayList<>()).add(path));
    for (Name path : List.copyOf(created.keySet())) { // parents before what is in them
      Entry now = created.get(path);
      Name from = now == null ? null : take(gone, path, now);
      if (from != null) {
        changes.add(new Change(Operation.RENAME, path, from, null, now));
        drop(created, path, now);
        drop(removed, from, now);
      }
    }
    changes.replaceAll(
        change -> {
          boolean replaced = change.operation() == Operation.MODIFY;
          Name from = replaced ? take(gone, change.path(), change.after()) : null;
          if (from == null) {
            return change;
          }
          removed.remove(from);
          return new Change(Operation.RENAME, change.path(), from, change.before(), change.after());
        });
  }

  /** The removed path that was most likely renamed to this one, each once; null if none was. */
  private Name take(Map<Likeness, List<Name>> gone, Name path, Entry now) {
    List<Name> candidates = gone.get(Likeness.of(now));
    if (candidates == null) {
      return null;
    }
    candidates.removeIf(candidate -> !removed.containsKey(candidate));
    Name found = null;
    for (Name candidate : candidates) {
      if (found == null || Paths.last(candidate).equals(Paths.last(path))) {
        found = candidate;
      }
    }
    candidates.remove(found);
    return found;
  }

  private static void drop(NavigableMap<Name, Entry> from, Name path, Entry entry) {
    from.remove(path);
    if (entry.type() == FileType.DIRECTORY) {
      from.subMap(path.resolve(Name.EMPTY), Paths.behind(path)).clear();
    }
  }
}
