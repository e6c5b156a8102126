package io.diffkeeper.replay;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.files.Attributes;
import io.diffkeeper.files.Dir;
import io.diffkeeper.files.StateDir;
import io.diffkeeper.store.ContentSink;
import io.diffkeeper.store.StateName;
import io.diffkeeper.store.Store;
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
   * A replay from one state.
   *
   * @param applying is called when everything is verified and the tree is about to be changed
   * @param notes is told, a line each, what was not restored and why
   */
  public Replay(
      Store store,
      StateName state,
      Attributes attributes,
      Runnable applying,
      Consumer<String> notes) {
    this.store = store;
    this.state = state;
    this.attributes = attributes;
    this.applying = applying;
    this.notes = notes;
  }

  /**
   * Brings the state-dirs to a version.
   *
   * @param root digest of the version's tree
   * @param baseRoot digest of the tree that its container started from
   * @throws DiffKeeperException (CORRUPT) if the version does not verify, (NO_SPACE) if the disk is
   *     full: in both cases the tree is as it was; (REPLAY_FAILED) for every other failure
   */
  public Done run(Digest root, Digest baseRoot, ReplayMode mode, List<StateDir> stateDirs) {
    Map<Name, Entry> target = top(root);
    Map<Name, Entry> base = top(baseRoot);
    Map<Staging, Plan> work = new LinkedHashMap<>();
    try {
      for (StateDir dir : stateDirs) {
        Planner planner = new Planner(digest -> store.directory(state, digest), mode);
        Plan plan = planner.plan(target.get(dir.path()), base.get(dir.path()));
        if (plan != null) {
          Staging staging = new Staging(dir, attributes, this::read, notes);
          work.put(staging, plan);
          staging.stage(plan, dir.path());
        }
      }
      return apply(work);
    } catch (IOException e) {
      throw failure(root, e);
    } finally {
      discard(work.keySet());
    }
  }

  private void read(Entry file, ContentSink sink) throws IOException {
    store.read(state, file, sink);
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
      children(plan, top, staging.dir(), plan.name, placed);
      staging.close();
      if (plan.metadataChanged) {
        attributes.apply(top.inode(), plan.metadata);
      }
      entries += staging.count();
      bytes += staging.bytes();
    }
    return new Done(entries, bytes, placed);
  }

  private void children(Plan plan, Dir dir, Dir stage, Name path, Map<Name, Entry> placed)
      throws SyscallException {
    remove(plan, dir);
    for (Plan.Place place : plan.places) {
      Name name = place.entry.name();
      if (place.staged != null) {
        removeUnless(dir, name, false);
        stage.move(place.staged, dir, name);
        placed.put(path.resolve(name), place.entry);
      }
    }
    for (Plan below : plan.directories) {
      directory(below, dir, stage, path.resolve(below.name), placed);
    }
  }

  private void directory(Plan plan, Dir parent, Dir stage, Name path, Map<Name, Entry> placed)
      throws SyscallException {
    removeUnless(parent, plan.name, true);
    boolean made = parent.stat(plan.name) == null;
    if (made) {
      parent.createDirectory(plan.name);
    }
    try (Dir dir = parent.open(plan.name)) {
      Stat before = dir.inode().stat();
      children(plan, dir, stage, path, placed);
      if (made || plan.metadataChanged) {
        attributes.apply(dir.inode(), plan.metadata);
      } else {
        dir.inode().setModified(before.mtimeSeconds(), before.mtimeNanos());
      }
    }
  }

  private static void remove(Plan plan, Dir dir) throws SyscallException {
    for (Name name : plan.removals) {
      dir.remove(name);
    }
    if (plan.onlyThese != null) {
      Set<Name> stay = new HashSet<>(plan.onlyThese);
      stay.add(StateDir.STAGE);
      for (Dir.Item item : dir.list()) {
        if (!stay.contains(item.name())) {
          dir.remove(item.name());
        }
      }
    }
  }

  /** Makes way for a directory or for anything else, if what is there is of the other kind. */
  private static void removeUnless(Dir dir, Name name, boolean directory) throws SyscallException {
    Stat stat = dir.stat(name);
    if (stat != null && (FileType.of(stat.mode()) == FileType.DIRECTORY) != directory) {
      dir.remove(name);
    }
  }
}
