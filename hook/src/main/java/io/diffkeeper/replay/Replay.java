package io.diffkeeper.replay;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.files.Attributes;
import io.diffkeeper.files.Dir;
import io.diffkeeper.files.Inode;
import io.diffkeeper.files.StateDir;
import io.diffkeeper.store.SmallFiles;
import io.diffkeeper.store.Space;
import io.diffkeeper.store.StateName;
import io.diffkeeper.store.Store;
import io.diffkeeper.sys.Errno;
import io.diffkeeper.sys.Stat;
import io.diffkeeper.sys.SyscallException;
import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.FileType;
import io.diffkeeper.tree.Name;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Replays a container's recorded changes into its state-dirs before the process starts.
 *
 * <p>Every file is written to a stage and verified there against its digests; only when all are is
 * the first one moved into place. So a version that does not verify leaves the tree untouched, a
 * killed replay leaves every file either old or new, and replaying twice gives the same tree. Not
 * thread-safe.
 */
public final class Replay {
  private final Store store;
  private final StateName state;
  private final Attributes attributes;
  private final Predicate<Name> excluded;
  private final Runnable applying;
  private final Consumer<String> notes;

  /**
   * What a replay did.
   *
   * @param entries files, links and special files put in place
   * @param bytes of file content written
   * @param placed paths put in place, by state-dir and relative path joined with a slash
   */
  public record Done(int entries, long bytes, Map<Name, Entry> placed) {
    /** Nothing was replayed. */
    public static final Done NOTHING = new Done(0, 0, Map.of());
  }

  /**
   * What the state-dirs are brought to.
   *
   * @param root digest of the version's tree
   * @param base digest of the tree that its container started from
   * @param image what the state-dirs have now, by full path in the container, where that is another
   *     image's; null where it is the base
   */
  public record Target(Digest root, Digest base, Map<Name, Entry> image) {}

  /**
   * A replay from one state.
   *
   * @param excluded tells, by path relative to the state-dir, what is no part of the state and is
   *     left alone
   * @param applying is called when everything is verified and the tree is about to be changed
   * @param notes is told, a line each, what was not restored and why
   */
  public Replay(
      Store store,
      StateName state,
      Attributes attributes,
      Predicate<Name> excluded,
      Runnable applying,
      Consumer<String> notes) {
    this.store = store;
    this.state = state;
    this.attributes = attributes;
    this.excluded = excluded;
    this.applying = applying;
    this.notes = notes;
  }

  /**
   * Brings the state-dirs to a version.
   *
   * @throws DiffKeeperException (CORRUPT) if the version does not verify, (NO_SPACE) if the disk is
   *     full: in both cases the tree is as it was; (REPLAY_FAILED) for every other failure
   */
  public Done run(Target target, ReplayMode mode, List<StateDir> stateDirs) {
    Space space = store.state(state).orElseThrow().space();
    Map<Name, Entry> version = top(target.root());
    Map<Name, Entry> base = top(target.base());
    Map<Staging, Plan> work = new LinkedHashMap<>();
    try {
      try (Crew crew = new Crew()) {
        for (StateDir dir : stateDirs) {
          Planner planner =
              new Planner(
                  digest -> store.directory(space, digest),
                  mode,
                  target.image(),
                  !dir.fromImage(),
                  notes);
          Plan plan = planner.plan(version.get(dir.path()), base.get(dir.path()));
          if (plan != null) {
            Staging staging =
                new Staging(
                    dir,
                    attributes,
                    (file, from, to, sink) -> store.read(space, file, from, to, sink),
                    new SmallFiles(store, space),
                    notes,
                    crew);
            work.put(staging, plan);
            staging.stage(plan);
          }
        }
        crew.finish();
      }
      return apply(work);
    } catch (IOException e) {
      throw failure(target.root(), e);
    } finally {
      discard(work.keySet());
    }
  }

  private Map<Name, Entry> top(Digest root) {
    Map<Name, Entry> byPath = new HashMap<>();
    store.directory(state, root).forEach(e -> byPath.put(e.name(), e));
    return byPath;
  }

  private DiffKeeperException failure(Digest root, IOException e) {
    boolean full = e instanceof SyscallException s && s.noSpace();
    return new DiffKeeperException(
        full ? ExitCode.NO_SPACE : ExitCode.REPLAY_FAILED,
        "replay of " + state + ", tree " + root.abbreviated() + ": " + e.getMessage(),
        e);
  }

  private void discard(Iterable<Staging> stagings) {
    for (Staging staging : stagings) {
      try {
        staging.close();
      } catch (SyscallException e) {
        notes.accept("stage left behind: " + e.getMessage());
      }
    }
  }

  private Done apply(Map<Staging, Plan> work) throws SyscallException {
    applying.run();
    Map<Name, Entry> placed = new HashMap<>();
    int entries = 0;
    long bytes = 0;
    for (var each : work.entrySet()) {
      Staging staging = each.getKey();
      Plan plan = each.getValue();
      Dir top = staging.stateDir().dir();
      children(plan, top, staging, plan.name, placed);
      staging.close();
      if (plan.metadataChanged) {
        attributes.apply(top.inode(), plan.metadata);
      }
      entries += staging.count();
      bytes += staging.bytes();
    }
    return new Done(entries, bytes, placed);
  }

  private void children(Plan plan, Dir dir, Staging staging, Name path, Map<Name, Entry> placed)
      throws SyscallException {
    remove(plan, dir, staging.stateDir().path(), path);
    for (Plan.Place place : plan.places) {
      if (place.staged != null) {
        put(staging.dir(), place.staged, dir, place.entry.name());
        placed.put(path.resolve(place.entry.name()), place.entry);
      }
    }
    for (Entry entry : plan.adjustments) {
      adjust(dir, entry);
    }
    for (Plan below : plan.directories) {
      Name full = path.resolve(below.name);
      if (below.staged == null) {
        directory(below, dir, staging, full, placed);
      } else {
        put(staging.dir(), below.staged, dir, below.name);
        tellPlaced(below, full, placed);
      }
    }
  }

  private static void tellPlaced(Plan whole, Name path, Map<Name, Entry> placed) {
    for (Plan.Place place : whole.places) {
      if (place.staged != null) {
        placed.put(path.resolve(place.entry.name()), place.entry);
      }
    }
    for (Plan below : whole.directories) {
      tellPlaced(below, path.resolve(below.name), placed);
    }
  }

  /** For a directory that was there when it was staged for. */
  private void directory(Plan plan, Dir parent, Staging staging, Name path, Map<Name, Entry> placed)
      throws SyscallException {
    try (Dir dir = parent.open(plan.name)) {
      Stat before = dir.inode().stat();
      children(plan, dir, staging, path, placed);
      if (plan.metadataChanged) {
        attributes.apply(dir.inode(), plan.metadata);
      } else {
        dir.inode().setModified(before.mtimeSeconds(), before.mtimeNanos());
      }
    }
  }

  /** Moves something into place; what is there of another kind makes way. */
  private static void put(Dir stage, Name staged, Dir dir, Name name) throws SyscallException {
    try {
      stage.move(staged, dir, name);
    } catch (SyscallException e) {
      if (e.errno() != Errno.EISDIR && e.errno() != Errno.ENOTDIR) {
        throw e;
      }
      dir.remove(name);
      stage.move(staged, dir, name);
    }
  }

  /** Gives a file of the image the container's metadata. */
  private void adjust(Dir dir, Entry entry) throws SyscallException {
    try (Inode inode = dir.openAttributes(entry.name())) {
      Stat stat = inode.stat();
      // Whoever shares a volume could have put another name of a file of its own here.
      if (FileType.of(stat.mode()) == FileType.FILE && stat.nlink() == 1) {
        attributes.apply(inode, entry.metadata());
      }
    }
  }

  private void remove(Plan plan, Dir dir, Name stateDir, Name path) throws SyscallException {
    for (Name name : plan.removals) {
      remove(dir, name);
    }
    if (plan.onlyThese != null) {
      Set<Name> stay = new HashSet<>(plan.onlyThese);
      stay.add(StateDir.STAGE);
      for (Dir.Item item : dir.list()) {
        Name full = path.resolve(item.name());
        if (!stay.contains(item.name()) && !excluded.test(full.suffix(stateDir.length() + 1))) {
          remove(dir, item.name());
        }
      }
    }
  }

  private void remove(Dir dir, Name name) throws SyscallException {
    try {
      dir.remove(name);
    } catch (SyscallException e) {
      if (e.errno() != Errno.EXDEV && e.errno() != Errno.EBUSY) {
        throw e;
      }
      notes.accept(dir.path(name) + ": a mount is in the way, not removed");
    }
  }
}
