package io.diffkeeper.store;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.Meter;
import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.lmdbjava.Cursor;
import org.lmdbjava.Dbi;
import org.lmdbjava.Txn;

/**
 * Drops what is damaged in a store whose pages are sound, in one transaction. A version that lost
 * something is left with the rest, marked as damaged; one of which nothing is left goes away. The
 * caller has the store alone.
 */
final class Mending {
  private final Store store;
  private final Environment environment;
  private final Scratch scratch;
  private final StateName only;
  private final Problems losses;
  private final Collection<StateName> known;
  private final Set<ByteBuffer> stateKeys = new HashSet<>();
  private final List<Records.State> states = new ArrayList<>();
  private final List<Change> changes = new ArrayList<>();
  private Map<Space, Set<Digest>> damaged;

  /** What is sound, and a delta on what is damaged: on a part of it that the delta replaces. */
  private final List<Place> hanging = new ArrayList<>();

  private long damagedObjects;
  private long versions;
  private long hurt;
  private long dropped;

  /** What is to become of a version that is damaged; whose check it was that found it. */
  private record Change(Records.State state, long number, Version version, TreeCheck check) {}

  /** Where a directory goes that is made of what is left of another one. */
  private interface Put {
    void put(Kind kind, Digest digest, ByteBuffer plain);
  }

  /**
   * A mending.
   *
   * @param only the only state whose versions are mended; null for the whole store
   * @param known names of states that there may be, if their records do not tell any more
   * @param losses is told what is lost
   */
  Mending(Store store, StateName only, Collection<StateName> known, Problems losses) {
    this.store = store;
    this.environment = store.environment();
    this.scratch = store.borrow();
    this.only = only;
    this.losses = losses;
    this.known = known;
  }

  /**
   * Mends the store.
   *
   * @param dry whether to change nothing
   */
  RepairReport run(boolean dry, Meter meter) {
    LostStates lost = new LostStates(store, known, losses);
    for (Records.State state : environment.read(txn -> lost.all(txn, only))) {
      states.add(state);
      stateKeys.add(Records.stateKey(state.name()));
    }
    if (only != null && states.isEmpty()) {
      throw new DiffKeeperException(ExitCode.NOT_FOUND, "no such state: " + only);
    }
    damaged = only == null ? hashAll(meter) : null;
    if (damagedObjects > 0) {
      findHanging();
    }
    states.forEach(this::check);
    if (only == null) {
      readStrangers();
    }
    RepairReport report =
        new RepairReport(versions, hurt, dropped, damagedObjects, losses.list(), null);
    if (!dry && !report.ok()) {
      environment.write(
          txn -> {
            mend(txn);
            return null;
          });
    }
    store.release(scratch);
    return report;
  }

  private Map<Space, Set<Digest>> hashAll(Meter meter) {
    return new Hashing(store, scratch, meter, (digest, what) -> damagedObjects++).run(0);
  }

  private void findHanging() {
    environment.read(
        txn -> {
          try (Cursor<ByteBuffer> cursor = dbi(Environment.OBJECTS).openCursor(txn)) {
            for (boolean more = cursor.first(); more; more = cursor.next()) {
              Place place = Place.of(cursor.key(), cursor.val());
              if (place != null && !isDamaged(place.space(), place.digest())) {
                StoredObject object =
                    store.objects().open(txn, place.space(), place.digest(), scratch);
                if (object.isDelta() && isDamaged(place.space(), object.base())) {
                  hanging.add(place);
                }
              }
            }
          }
          return null;
        });
  }

  private void check(Records.State state) {
    Set<Digest> bad = damaged == null ? null : damaged.getOrDefault(state.space(), Set.of());
    TreeCheck check = new TreeCheck(store.objects(), state.space(), scratch, bad, () -> {});
    long latest = 0;
    for (long number : environment.read(txn -> store.catalog().numbers(txn, state.name()))) {
      Version version = environment.read(txn -> store.catalog().intact(txn, state.name(), number));
      Version left = version;
      if (version == null) {
        losses.add(state.name(), number, "", null, "dropped: its record is damaged");
      } else {
        left = left(state, version, check, (kind, digest, plain) -> {}, losses);
      }
      if (left == null) {
        dropped++;
      } else {
        versions++;
        latest = number;
      }
      if (version == null || !version.equals(left)) {
        hurt += left == null ? 0 : 1;
        changes.add(new Change(state, number, version, check));
      }
    }
    if (state.latest() != latest) {
      String what = "its newest version was " + state.latest() + ", is now " + latest;
      losses.add(state.name(), 0, "", null, what);
    }
  }

  /** The same version if all of it is there; what is left of it; or null if nothing is. */
  private Version left(
      Records.State state, Version version, TreeCheck check, Put put, Problems lost) {
    Digest root = rest(state, version, version.root(), "lost", check, put, lost);
    if (root == null || isEmpty(state, version, root)) {
      lost.add(state.name(), version.number(), "", null, "dropped: nothing is left of it");
      return null;
    }
    Digest base = version.base();
    if (base != null) {
      base = rest(state, version, base, "lost in the image's tree", check, put, lost);
      base = base == null ? directory(state.space(), List.of(), put) : base;
    }
    boolean whole = root.equals(version.root()) && java.util.Objects.equals(base, version.base());
    return whole ? version : version.damaged(root, base);
  }

  private Digest rest(
      Records.State state,
      Version version,
      Digest root,
      String what,
      TreeCheck check,
      Put put,
      Problems lost) {
    return check.rest(
        root,
        (path, digest, problem) -> lost.add(state.name(), version.number(), path, null, what),
        entries -> directory(state.space(), entries, put));
  }

  private boolean isEmpty(Records.State state, Version version, Digest left) {
    return !left.equals(version.root())
        && left.equals(directory(state.space(), List.of(), (kind, digest, plain) -> {}));
  }

  private Digest directory(Space space, List<Entry> entries, Put put) {
    Kind kind = Directories.kind(entries);
    ByteBuffer plain = scratch.content(Math.toIntExact(Directories.encodedBytes(entries)));
    Directories.encode(entries, plain);
    Digest digest = scratch.hasher(space.hash()).hash(kind.code(), plain.flip());
    put.put(kind, digest, plain);
    return digest;
  }

  /** Whether there are entries that belong to nothing. */
  private void readStrangers() {
    environment.read(
        txn -> {
          try (Cursor<ByteBuffer> cursor = dbi(Environment.VERSIONS).openCursor(txn)) {
            for (boolean more = cursor.first(); more; more = cursor.next()) {
              if (!isOfOne(stateKeys, cursor.key())) {
                dropped++;
                losses.add(null, 0, "", null, "dropped: a version of a state that is lost");
              }
            }
          }
          return null;
        });
  }

  private static boolean isOfOne(Set<ByteBuffer> stateKeys, ByteBuffer key) {
    return key.remaining() == Records.VERSION_KEY_BYTES
        && stateKeys.contains(key.duplicate().limit(Records.STATE_KEY_BYTES));
  }

  /** All changes; may be done again from the start. */
  private void mend(Txn<ByteBuffer> txn) {
    if (only == null) {
      for (Place place : hanging) { // whole before what it is a delta on goes
        Kind kind = store.objects().decode(txn, place.space(), place.digest(), scratch);
        put(txn, place.space(), kind, place.digest(), scratch.plain());
      }
      remove(txn, Environment.OBJECTS, this::isDamaged);
      remove(txn, Environment.VERSIONS, key -> !isOfOne(stateKeys, key));
      remove(txn, Environment.STATES, key -> !stateKeys.contains(key));
    }
    for (Change change : changes) {
      mend(txn, change);
    }
    for (Records.State state : states) {
      List<Long> numbers = store.catalog().numbers(txn, state.name());
      long latest = numbers.isEmpty() ? 0 : numbers.get(numbers.size() - 1);
      store.catalog().put(txn, state.withLatest(latest));
    }
  }

  private void mend(Txn<ByteBuffer> txn, Change change) {
    Records.State state = change.state;
    Version left = null;
    if (change.version != null) {
      Put put = (kind, digest, plain) -> put(txn, state.space(), kind, digest, plain);
      left = left(state, change.version, change.check, put, new Problems(0));
    }
    ByteBuffer key = Records.versionKey(Records.stateKey(state.name()), change.number);
    if (left == null) {
      dbi(Environment.VERSIONS).delete(txn, key);
    } else {
      dbi(Environment.VERSIONS).put(txn, key, Records.encode(key, left));
    }
  }

  /** Puts an object as it is, whatever is there already: that may be damaged. */
  private void put(Txn<ByteBuffer> txn, Space space, Kind kind, Digest digest, ByteBuffer plain) {
    int length = plain.remaining();
    ByteBuffer value = ByteBuffer.allocateDirect(StoredObject.HEADER_BYTES + length);
    StoredObject.putHeader(value, kind, StoredObject.PLAIN, 0, length);
    value.put(plain.duplicate()).flip();
    store.objects().dbi().put(txn, store.objects().key(space, digest), value);
  }

  private boolean isDamaged(ByteBuffer key) {
    ByteBuffer left = key.duplicate();
    Space space = Space.read(left);
    return space == null || isDamaged(space, Digest.read(left));
  }

  private boolean isDamaged(Space space, Digest digest) {
    return damaged.getOrDefault(space, Set.of()).contains(digest);
  }

  private void remove(Txn<ByteBuffer> txn, String database, Predicate<ByteBuffer> unwanted) {
    try (Cursor<ByteBuffer> cursor = dbi(database).openCursor(txn)) {
      for (boolean more = cursor.first(); more; more = cursor.next()) {
        if (unwanted.test(cursor.key())) {
          cursor.delete();
        }
      }
    }
  }

  private Dbi<ByteBuffer> dbi(String name) {
    return environment.dbi(name);
  }
}
