package io.diffkeeper.keeper;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.files.StateDir;
import io.diffkeeper.oci.OptIn;
import io.diffkeeper.replay.ReplayMode;
import io.diffkeeper.store.Cut;
import io.diffkeeper.store.StateInfo;
import io.diffkeeper.store.Store;
import io.diffkeeper.store.Version;
import io.diffkeeper.store.VersionRef;
import io.diffkeeper.store.Versions;
import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.Name;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Who wins at the start of a container: what is replayed into which directories, and what the
 * changes to come are measured against.
 *
 * @param from what to replay; null for nothing
 * @param mode how it is replayed
 * @param dirs the directories that take it; the others keep what they have
 * @param base the tree of the container's image; null if it has to be read
 */
record StartPlan(VersionRef.Found from, ReplayMode mode, List<StateDir> dirs, Digest base) {

  /**
   * A new container takes the store's version. The same container again keeps its live tree, which
   * may be newer than the store, except where that did not outlive the stop.
   */
  static StartPlan of(Subject subject, StateInfo state, List<StateDir> dirs, Store store) {
    Version latest = state.latest();
    boolean again = subject.origin().containerId().equals(state.lastContainer());
    Version own =
        again || latest == null
            ? latest // else the newest version that this very container wrote, if it did
            : store.newest(state.name(), subject.origin().containerId()).orElse(null);
    List<StateDir> empty = dirs.stream().filter(d -> !again || !d.persistent()).toList();
    boolean replays = subject.mode().isPresent() && !empty.isEmpty();
    VersionRef.Found from = replays ? from(subject, state, again, store) : null;
    List<StateDir> taking = from == null ? List.of() : empty;
    // A container that comes back after another one has used the state has no image's tree to
    // merge with, but an old one of its own: what was deleted since would come back.
    boolean back = !again && own != null;
    ReplayMode mode = back ? ReplayMode.EXACT : subject.mode().orElse(null);
    return new StartPlan(
        taking.isEmpty() ? null : from,
        mode,
        taking,
        latest == null
            ? null
            : base(subject, own == null ? latest : own, own != null, dirs, store));
  }

  private static VersionRef.Found from(
      Subject subject, StateInfo state, boolean again, Store store) {
    if (subject.from().isPresent() && !again) {
      String text = subject.from().get();
      boolean other = text.indexOf('@') > 0;
      String namespace = subject.state().namespace();
      return VersionRef.parse(other ? text : subject.state().name() + "@" + text, namespace)
          .find(store);
    }
    if (state.latest() == null) {
      return null;
    }
    Version latest = state.latest();
    return subject.consistency() == OptIn.Consistency.FUZZY && latest.cut() == Cut.FUZZY
        ? new VersionRef.Found(state.name(), latest, latest.root())
        : newest(state, store);
  }

  /**
   * The newest version that serves: one that is not fuzzy, unless its container has ended.
   *
   * @throws DiffKeeperException CORRUPT if the newest one is what a repair has left: whoever starts
   *     the container has to say what it is to get
   */
  static VersionRef.Found newest(StateInfo state, Store store) {
    Version best = best(state, store);
    return new VersionRef.Found(state.name(), best, best.root());
  }

  private static Version best(StateInfo state, Store store) {
    Version latest = state.latest();
    if (latest.cut() == Cut.DAMAGED) {
      throw new DiffKeeperException(
          ExitCode.CORRUPT,
          String.format(
              "version %s@%d lost files to damage and is not replayed by itself: "
                  + "io.diffkeeper.from=%d takes what is left of it, another number an older one",
              state.name(), latest.number(), latest.number()));
    }
    for (Version version : new Versions(store, state.name()).newestFirst()) {
      if (serves(version)) {
        return version;
      }
    }
    return latest;
  }

  private static boolean serves(Version version) {
    return version.cut().isSound() || (version.cut() == Cut.FUZZY && version.ended());
  }

  /** A version's base serves if the image and the directories are the same. */
  private static Digest base(
      Subject subject, Version version, boolean own, List<StateDir> dirs, Store store) {
    String image = subject.origin().image();
    boolean sameImage = own || (!image.isEmpty() && image.equals(version.origin().image()));
    if (!sameImage) {
      return null;
    }
    Set<Name> known =
        store.directory(subject.state(), version.base()).stream()
            .map(Entry::name)
            .collect(Collectors.toSet());
    return dirs.stream().allMatch(dir -> known.contains(dir.path())) ? version.base() : null;
  }
}
