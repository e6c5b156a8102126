package io.diffkeeper.replay;

import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.FileType;
import io.diffkeeper.tree.Name;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Decides what a replay does, from the version and the base that its container started from.
 *
 * <p>Merge: an entry that is in the version as it was in the base was not changed by the container
 * and is left to the image; everything else is the container's and is put in place; what the base
 * had and the version has not was deleted. Exact: everything is put in place, and all else goes.
 */
final class Planner {
  private final Function<Digest, List<Entry>> directories;
  private final ReplayMode mode;
  private final Set<Long> changedLinks = new HashSet<>();

  /**
   * A planner for one replay.
   *
   * @param directories reads a verified directory of the version or of the base
   */
  Planner(Function<Digest, List<Entry>> directories, ReplayMode mode) {
    this.directories = directories;
    this.mode = mode;
  }

  /**
   * Plans one state-dir.
   *
   * @param version the state-dir's entry in the version; null if the version has none
   * @param base the same in the base, or null
   * @return what to do; null if there is nothing to do
   */
  Plan plan(Entry version, Entry base) {
    if (version == null) {
      return null;
    }
    if (mode == ReplayMode.MERGE) {
      findChangedLinks(version, base);
    }
    Plan plan = directory(version, base);
    return plan.isEmpty() ? null : plan;
  }

  private boolean changed(Entry version, Entry base) {
    return mode == ReplayMode.EXACT
        || base == null
        || !version.sameAs(base)
        || (version.link() != 0 && changedLinks.contains(version.link()));
  }

  private boolean prunable(Entry version, Entry base) {
    return mode == ReplayMode.MERGE
        && base != null
        && changedLinks.isEmpty()
        && version.sameAs(base);
  }

  /** A hard link that the container changed takes its other names along, changed or not. */
  private void findChangedLinks(Entry version, Entry base) {
    Map<Name, Entry> before = entries(base);
    for (Entry entry : directories.apply(version.content())) {
      Entry old = before.get(entry.name());
      if (entry.type() == FileType.DIRECTORY) {
        if (old == null || !entry.sameAs(old)) {
          findChangedLinks(entry, old);
        }
      } else if (entry.link() != 0 && (old == null || !entry.sameAs(old))) {
        changedLinks.add(entry.link());
      }
    }
  }

  private Plan directory(Entry version, Entry base) {
    boolean wasDirectory = base != null && base.type() == FileType.DIRECTORY;
    Plan plan =
        new Plan(
            version.name(),
            version.metadata(),
            mode == ReplayMode.EXACT
                || !wasDirectory
                || !version.metadata().equals(base.metadata()));
    Map<Name, Entry> before = entries(base);
    List<Name> present = new ArrayList<>();
    for (Entry entry : directories.apply(version.content())) {
      Entry old = before.remove(entry.name());
      present.add(entry.name());
      if (entry.type() == FileType.DIRECTORY) {
        if (!prunable(entry, old)) {
          Plan below = directory(entry, old);
          if (!below.isEmpty()) {
            plan.directories.add(below);
          }
        }
      } else if (changed(entry, old)) {
        plan.places.add(new Plan.Place(entry));
      }
    }
    if (mode == ReplayMode.EXACT) {
      plan.onlyThese = present;
    } else {
      plan.removals.addAll(before.keySet());
    }
    return plan;
  }

  private Map<Name, Entry> entries(Entry directory) {
    Map<Name, Entry> byName = new HashMap<>();
    if (directory != null && directory.type() == FileType.DIRECTORY) {
      directories.apply(directory.content()).forEach(e -> byName.put(e.name(), e));
    }
    return byName;
  }
}
