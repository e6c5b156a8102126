package io.diffkeeper.store;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.Meter;
import io.diffkeeper.tree.Digest;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.lmdbjava.Cursor;
import org.lmdbjava.Dbi;
import org.lmdbjava.Txn;

/**
 * One garbage collection: moves what is in use into packs, removes what no version needs, and
 * writes packs again that are mostly unused. Other processes read and write meanwhile; writers wait
 * while objects are removed, which is one look at each.
 */
final class GarbageCollection {
  private static final long WRITERS_WAIT_NANOS = TimeUnit.MINUTES.toNanos(1);
  private static final long WRITERS_POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /** Less is left as it is: it would become many small packs. */
  private static final int PACK_BYTES_MIN = 256 << 10;

  /** A pack of which less than this part is used is written again. */
  private static final int USED_PART_MIN = 2;

  private final Store store;
  private final Objects objects;
  private final Environment environment;
  private final Scratch scratch;
  private final boolean all;
  private final Meter meter;
  private final Marks marks = new Marks();
  private final Set<ByteBuffer> walked = new HashSet<>();
  private final Map<Long, Long> used = new HashMap<>();
  private final Walk walk;
  private final PackWriter structure;
  private final PackWriter leaves;
  private long removed;
  private long removedPacks;
  private long entryBytes;

  /** The first number of the packs that are made while this goes on. */
  private long firstPack;

  /**
   * A collection.
   *
   * @param all whether to pack and to write again whatever can be, however little it is
   * @param meter is told of each object that is in use: once for chains, once for marks. It expects
   *     all that there are, as nobody knows yet how many are used: so there is never more to do
   *     than it says
   */
  GarbageCollection(Store store, Scratch scratch, boolean all, Meter meter) {
    this.store = store;
    this.objects = store.objects();
    this.environment = store.environment();
    this.scratch = scratch;
    this.all = all;
    this.meter = meter;
    this.structure = new PackWriter(store, scratch, all);
    this.leaves = new PackWriter(store, scratch, all);
    this.walk = new Walk(store, scratch, marks, this::inUse);
  }

  CollectReport run() {
    if (!environment.gate().tryCollect()) {
      throw new DiffKeeperException(
          ExitCode.BUSY, "store " + environment.path() + " is being collected already");
    }
    try {
      firstPack = environment.read(objects.packs()::next);
      linkChains();
      walkVersions();
      flush(structure);
      flush(leaves);
      long last = environment.read(txn -> objects.packs().next(txn) - 1);
      sweep();
      removePacks(last);
      new Refill(store).run(entryBytes, all);
      return new CollectReport(
          marks.count(), removed, structure.moved() + leaves.moved(), removedPacks);
    } finally {
      environment.gate().endCollect();
      structure.close();
      leaves.close();
    }
  }

  private void linkChains() {
    Chains chains = new Chains(store, scratch);
    Walk all =
        new Walk(
            store,
            scratch,
            new Marks(),
            (space, digest) -> {
              chains.object(space, digest);
              meter.done(1);
            });
    List<StateInfo> states = store.states();
    meter.expect(2 * environment.read(objects.dbi()::stat).entries);
    for (StateInfo state : states) {
      if (state.latest() != null) {
        all.tree(state.space(), state.latest().root());
      }
    }
    chains.olderFollow();
    for (StateInfo state : states) {
      for (Version version : environment.read(txn -> store.catalog().versions(txn, state.name()))) {
        all.tree(state.space(), version.root());
      }
    }
    chains.link();
  }

  private void flush(PackWriter writer) {
    if (all || writer.waiting() >= PACK_BYTES_MIN) {
      writer.flush();
    } else {
      writer.drop();
    }
  }

  /** Marks what all versions need that were not walked yet, newest versions first. */
  private void walkVersions() {
    List<Records.State> states = environment.read(store.catalog()::states);
    for (Records.State state : states) {
      ByteBuffer stateKey = Records.stateKey(state.name());
      List<Version> versions = environment.read(txn -> store.catalog().versions(txn, state.name()));
      for (Version version : versions) {
        if (walked.add(Records.versionKey(stateKey, version.number()))) {
          walk.tree(state.space(), version.root());
          if (version.base() != null) {
            walk.tree(state.space(), version.base());
          }
        }
      }
    }
  }

  private void inUse(Space space, Digest digest) {
    pack(space, digest);
    meter.done(1);
  }

  private void pack(Space space, Digest digest) {
    boolean full =
        environment.read(
            txn -> {
              StoredObject object = objects.find(txn, space, digest);
              if (object != null && object.form() == StoredObject.PACKED) {
                boolean written = objects.packs().isWritten(txn, object.pack());
                object = written ? objects.unpack(txn, object, scratch) : null;
              }
              if (object == null
                  || object.length() > Packs.OBJECT_BYTES_MAX
                  || (!all && object.body().remaining() > Packs.SMALL_BYTES_MAX)) {
                return false;
              }
              return !writer(object).add(txn, space, digest, object);
            });
    if (full) {
      Kind kind = environment.read(txn -> objects.find(txn, space, digest).kind());
      (kind == Kind.LEAF ? leaves : structure).flush();
      pack(space, digest);
    }
  }

  private PackWriter writer(StoredObject object) {
    return object.kind() == Kind.LEAF ? leaves : structure;
  }

  private void sweep() {
    waitForWriters();
    try {
      environment.catchUp(); // with what a writer made durable that was killed meanwhile
      walkVersions(); // those that were committed meanwhile
      environment.write(
          txn -> {
            markBases(txn);
            return sweep(txn);
          });
    } finally {
      environment.gate().endSweep();
    }
  }

  private void waitForWriters() {
    long start = System.nanoTime();
    while (!environment.gate().trySweep()) {
      if (System.nanoTime() - start > WRITERS_WAIT_NANOS) {
        throw new DiffKeeperException(
            ExitCode.BUSY, "store " + environment.path() + " is being written without a pause");
      }
      LockSupport.parkNanos(WRITERS_POLL_NANOS);
    }
  }

  /** Writers may have made what was whole, when it was marked, a delta on something newer. */
  private void markBases(Txn<ByteBuffer> txn) {
    List<Place> bases = new ArrayList<>();
    try (Cursor<ByteBuffer> cursor = objects.dbi().openCursor(txn)) {
      for (boolean more = cursor.first(); more; more = cursor.next()) {
        Place place = place(cursor.key(), cursor.val());
        if (!marks.has(place.space(), place.digest()) || isPackedBefore(txn, place)) {
          continue;
        }
        StoredObject object = objects.open(txn, place.space(), place.digest(), scratch);
        if (object != null && object.isDelta()) {
          bases.add(new Place(place.space(), object.base(), Place.LOOSE, 0, 0));
        }
      }
    }
    for (Place base : bases) {
      Digest at = base.digest();
      while (at != null && marks.add(base.space(), at)) {
        StoredObject object = objects.open(txn, base.space(), at, scratch);
        at = object == null ? null : object.base();
      }
    }
  }

  /** Then it was what it is when it was marked. */
  private boolean isPackedBefore(Txn<ByteBuffer> txn, Place place) {
    return place.pack() != Place.LOOSE
        && (place.pack() < firstPack || !objects.packs().isWritten(txn, place.pack()));
  }

  private Place place(ByteBuffer key, ByteBuffer value) {
    Place place = Place.of(key, value);
    if (place == null) {
      throw LmdbErrors.corrupt(environment.path(), "an object is damaged; see diffkeeper verify");
    }
    return place;
  }

  /** Removes what is not marked. */
  private Object sweep(Txn<ByteBuffer> txn) {
    List<Place> unused = new ArrayList<>();
    used.clear();
    entryBytes = 0;
    try (Cursor<ByteBuffer> cursor = objects.dbi().openCursor(txn)) {
      for (boolean more = cursor.first(); more; more = cursor.next()) {
        Place place = place(cursor.key(), cursor.val());
        if (!marks.has(place.space(), place.digest())) {
          unused.add(place);
          continue;
        }
        entryBytes += Refill.bytes(cursor.key(), cursor.val());
        if (place.pack() != Place.LOOSE) {
          used.merge(place.pack(), (long) place.bytes(), Long::sum);
        }
      }
    }
    for (Place place : unused) {
      objects.dbi().delete(txn, objects.key(place.space(), place.digest()));
    }
    removed = unused.size();
    return null;
  }

  /** Removes packs up to that number of which nothing is used; writes again those of little use. */
  private void removePacks(long last) {
    Set<Long> again = new TreeSet<>();
    List<Long> useless = new ArrayList<>();
    environment.read(
        txn -> {
          try (Cursor<ByteBuffer> cursor = objects.packs().dbi().openCursor(txn)) {
            for (boolean more = cursor.first(); more; more = cursor.next()) {
              long number = cursor.key().getLong(0);
              long bytes = used.getOrDefault(number, 0L);
              if (number <= last && bytes == 0) {
                useless.add(number);
              } else if (number <= last && bytes < Packs.length(cursor.val()) / USED_PART_MIN) {
                again.add(number);
              }
            }
          }
          return null;
        });
    remove(useless);
    Set<Long> batch = new TreeSet<>();
    for (long number : again) {
      batch.add(number);
      if (batch.size() == Place.PACKS_MAX) {
        writeAgain(batch);
      }
    }
    writeAgain(batch);
  }

  private void remove(Iterable<Long> packs) {
    removedPacks +=
        environment.write(
            txn -> {
              long count = 0;
              Dbi<ByteBuffer> dbi = objects.packs().dbi();
              for (long number : packs) {
                count += dbi.delete(txn, Packs.key(number)) ? 1 : 0;
              }
              return count;
            });
  }

  private void writeAgain(Set<Long> packs) {
    if (packs.isEmpty()) {
      return;
    }
    List<Place> places = environment.read(txn -> Place.in(packs, txn, objects));
    places.forEach(this::move);
    structure.flush();
    leaves.flush();
    remove(emptied(packs));
    packs.clear();
  }

  private void move(Place place) {
    Boolean done =
        environment.read(
            txn -> {
              StoredObject object = objects.open(txn, place.space(), place.digest(), scratch);
              return object == null
                  || writer(object).add(txn, place.space(), place.digest(), object);
            });
    if (!done) {
      structure.flush();
      leaves.flush();
      move(place);
    }
  }

  /** Those that nothing refers to any more: damaged objects stay where they are. */
  private Set<Long> emptied(Set<Long> packs) {
    Set<Long> empty = new TreeSet<>(packs);
    List<Place> left = environment.read(txn -> Place.in(packs, txn, objects));
    left.forEach(place -> empty.remove(place.pack()));
    return empty;
  }
}
