package io.diffkeeper.replay;

import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.Metadata;
import io.diffkeeper.tree.Name;
import java.util.ArrayList;
import java.util.List;

/** What is to be done in one directory, and beneath it. Built by {@link Planner}. */
final class Plan {
  /** Its name in the directory above; for the top its path in the container. */
  final Name name;

  /** The metadata that this directory is to have. */
  final Metadata metadata;

  /** Whether an existing directory takes the metadata, or keeps its own. */
  final boolean metadataChanged;

  /** Everything but directories that is put here. */
  final List<Place> places = new ArrayList<>();

  /** The same, but only where there is nothing of that name. */
  final List<Entry> ifMissing = new ArrayList<>();

  /** What stays, but for its metadata. */
  final List<Entry> adjustments = new ArrayList<>();

  /** Directories in which there is something to do. */
  final List<Plan> directories = new ArrayList<>();

  /** Names that go. */
  final List<Name> removals = new ArrayList<>();

  /** Names that stay if all others go (exact replay); null if only {@link #removals} go. */
  List<Name> onlyThese;

  /** The name under which the whole directory was staged; null if it is there already. */
  Name staged;

  Plan(Name name, Metadata metadata, boolean metadataChanged) {
    this.name = name;
    this.metadata = metadata;
    this.metadataChanged = metadataChanged;
  }

  /** An entry to put in place, and the name under which it was staged. */
  static final class Place {
    final Entry entry;
    Name staged;

    Place(Entry entry) {
      this.entry = entry;
    }
  }

  boolean isEmpty() {
    return !metadataChanged
        && places.isEmpty()
        && ifMissing.isEmpty()
        && adjustments.isEmpty()
        && directories.isEmpty()
        && removals.isEmpty()
        && onlyThese == null;
  }
}
