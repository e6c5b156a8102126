package io.diffkeeper.replay;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.files.Dir;
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
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Decides what a replay does, from the version, the base that its container started from, and what
 * the image of the next container has.
 *
 * <p>Merge: an entry that is in the version as it was in the base was not changed by the container
 * and is left to the image; everything else is the container's and is put in place; what the base
 * had and the version has not was deleted. Exact: everything is put in place, and all else goes.
 */
final class Planner {
  private static final int CONFLICTS_TOLD_MAX = 100;

  private final Function<Digest, List<Entry>> directories;
  private final ReplayMode mode;
  private final Map<Name, Entry> image;
  private final boolean fill;
  private final Consumer<String> notes;
  private final Set<Long> changedLinks = new HashSet<>();
  private final Set<Long> partedLinks = new HashSet<>();
  private int conflicts;

  /**
   * A planner for one state-dir.
   *
   * @param directories reads a verified directory of the version or of the base
   * @param image what the next container has, by full path; null if that is the base
   * @param fill whether what the container did not change is put in place where it is missing
   * @param notes is told what container and image both changed
   */
  Planner(
      Function<Digest, List<Entry>> directories,
      ReplayMode mode,
      Map<Name, Entry> image,
      boolean fill,
      Consumer<String> notes) {
    this.directories = directories;
    this.mode = mode;
    this.image = mode == ReplayMode.MERGE ? image : null;
    this.fill = mode == ReplayMode.MERGE && fill;
    this.notes = notes;
  }

  /**
   * Plans the state-dir.
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
      findChangedLinks(version, base, new HashMap<>(), 0);
    }
    // Where the tree becomes the version, it is all one what there was before.
    Entry before = mode == ReplayMode.EXACT ? null : base;
    Plan plan = directory(version, before, version.name(), 0);
    if (conflicts > CONFLICTS_TOLD_MAX) {
      notes.accept(
          version.name() + ": " + (conflicts - CONFLICTS_TOLD_MAX) + " more conflicts like these");
    }
    return plan.isEmpty() ? null : plan;
  }

  private boolean changed(Entry version, Entry base) {
    return mode == ReplayMode.EXACT
        || base == null
        || !version.sameAs(base)
        || (version.link() != 0 && changedLinks.contains(version.link()))
        || (base.link() != 0 && partedLinks.contains(base.link()));
  }

  private boolean prunable(Entry version, Entry base) {
    return mode == ReplayMode.MERGE
        && !fill
        && base != null
        && changedLinks.isEmpty()
        && partedLinks.isEmpty()
        && version.sameAs(base);
  }

  /**
   * A hard link that the container changed takes its other names along, changed or not; and names
   * that it parted are to be parted again.
   *
   * @param now what the names of a link of the base are links to in the version, 0 for none
   */
  private void findChangedLinks(Entry version, Entry base, Map<Long, Long> now, int depth) {
    requireDepth(version, depth);
    Map<Name, Entry> before = entries(base);
    for (Entry entry : directories.apply(version.content())) {
      Entry old = before.get(entry.name());
      if (entry.type() == FileType.DIRECTORY) {
        if (old == null || !entry.sameAs(old)) {
          findChangedLinks(entry, old, now, depth + 1);
        }
      } else {
        if (entry.link() != 0 && (old == null || !entry.sameAs(old))) {
          changedLinks.add(entry.link());
        }
        if (old != null && old.link() != 0) {
          Long other = now.putIfAbsent(old.link(), entry.link());
          if (other != null && (other == 0 || other != entry.link())) {
            partedLinks.add(old.link());
          }
        }
      }
    }
  }

  private static void requireDepth(Entry directory, int depth) {
    if (depth > Dir.DEPTH_MAX) {
      throw new DiffKeeperException(
          ExitCode.CORRUPT, "a version cannot be nested that deeply: " + directory.name());
    }
  }

  private Entry inImage(Name path, Entry base) {
    return image == null ? base : image.get(path);
  }

  private Plan directory(Entry version, Entry base, Name path, int depth) {
    requireDepth(version, depth);
    Entry before = base != null && base.type() == FileType.DIRECTORY ? base : null;
    Entry next = inImage(path, base);
    Merge merge = new Merge(version, before, next);
    Plan plan =
        new Plan(
            version.name(),
            mode == ReplayMode.EXACT ? version.metadata() : merge.metadata(),
            mode == ReplayMode.EXACT
                || before == null
                || !version.metadata().equals(before.metadata()));
    Map<Name, Entry> old = entries(base);
    List<Name> present = new ArrayList<>();
    for (Entry entry : directories.apply(version.content())) {
      Entry oldEntry = old.remove(entry.name());
      present.add(entry.name());
      if (entry.type() == FileType.DIRECTORY) {
        below(plan, entry, oldEntry, path, depth);
      } else if (changed(entry, oldEntry)) {
        change(plan, entry, oldEntry, path);
      } else if (fill) {
        plan.ifMissing.add(entry);
      }
    }
    if (mode == ReplayMode.EXACT) {
      plan.onlyThese = present;
    } else {
      old.values().forEach(gone -> remove(plan, gone, path));
    }
    return plan;
  }

  private void below(Plan plan, Entry entry, Entry old, Name path, int depth) {
    if (prunable(entry, old)) {
      return;
    }
    Name full = path.resolve(entry.name());
    Plan below = directory(entry, old, full, depth + 1);
    if (!below.isEmpty() || (fill && old != null)) {
      plan.directories.add(below);
      if (image != null) {
        tell(new Merge(entry, old, image.get(full)), full);
      }
    }
  }

  private void change(Plan plan, Entry entry, Entry old, Name path) {
    if (image == null) {
      plan.places.add(new Plan.Place(entry));
      return;
    }
    Name full = path.resolve(entry.name());
    Merge merge = new Merge(entry, old, image.get(full));
    tell(merge, full);
    if (merge.isAdjustment()) {
      plan.adjustments.add(merge.entry());
    } else {
      plan.places.add(new Plan.Place(merge.entry()));
    }
  }

  private void remove(Plan plan, Entry gone, Name path) {
    plan.removals.add(gone.name());
    if (image != null) {
      Name full = path.resolve(gone.name());
      tell(new Merge(null, gone, image.get(full)), full);
    }
  }

  private void tell(Merge merge, Name path) {
    if (merge.isConflict() && ++conflicts <= CONFLICTS_TOLD_MAX) {
      String container = merge.version() == null ? "deleted" : "changed";
      String next = merge.image() == null ? "deleted" : "changed";
      notes.accept(
          String.format(
              "%s: %s by the container and %s by the new image: the container's way is kept",
              path, container, next));
    }
  }

  private Map<Name, Entry> entries(Entry directory) {
    Map<Name, Entry> byName = new HashMap<>();
    if (directory != null && directory.type() == FileType.DIRECTORY) {
      directories.apply(directory.content()).forEach(e -> byName.put(e.name(), e));
    }
    return byName;
  }
}
