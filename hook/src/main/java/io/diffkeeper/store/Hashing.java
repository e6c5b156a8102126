package io.diffkeeper.store;

import io.diffkeeper.Meter;
import io.diffkeeper.tree.Digest;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.lmdbjava.Cursor;
import org.lmdbjava.GetOp;
import org.lmdbjava.Txn;

/** Reads and hashes every object of a store, whether a version needs it or not. */
final class Hashing {
  private static final int RECORDS_PER_TRANSACTION = 64;

  private final Store store;
  private final Scratch scratch;
  private final Meter meter;
  private final BiConsumer<Digest, String> problems;
  private final Map<Space, Set<Digest>> damaged = new HashMap<>();
  private long objects;
  private long bytes;

  /**
   * A hashing.
   *
   * @param problems is told what is wrong, with the digest of the object if it has one
   */
  Hashing(Store store, Scratch scratch, Meter meter, BiConsumer<Digest, String> problems) {
    this.store = store;
    this.scratch = scratch;
    this.meter = meter;
    this.problems = problems;
  }

  /** Objects hashed so far. */
  long objects() {
    return objects;
  }

  /** The plain size of those that are sound. */
  long bytes() {
    return bytes;
  }

  /**
   * Hashes loose objects in the order of the keys, then packed ones; gives the damaged ones.
   *
   * @param beyond how much else, besides one for each object, the meter is to expect
   */
  Map<Space, Set<Digest>> run(double beyond) {
    meter.expect(store.environment().read(store.objects().dbi()::stat).entries + beyond);
    ByteBuffer next = ByteBuffer.allocateDirect(Space.KEY_BYTES_MAX + 1);
    next.put((byte) 0).flip();
    boolean more = true;
    while (more) {
      more =
          store
              .environment()
              .read(
                  txn -> {
                    try (Cursor<ByteBuffer> cursor = store.objects().dbi().openCursor(txn)) {
                      boolean found = cursor.get(next, GetOp.MDB_SET_RANGE);
                      for (int n = 0; found && n < RECORDS_PER_TRANSACTION; n++) {
                        hashLoose(txn, cursor.key(), cursor.val());
                        // The smallest key behind this one: itself and a zero.
                        next.clear().put(cursor.key().duplicate()).put((byte) 0).flip();
                        found = cursor.next();
                      }
                      return found;
                    }
                  });
    }
    hashPacked();
    return damaged;
  }

  /** Pack by pack, so that each is decompressed once. */
  private void hashPacked() {
    Objects all = store.objects();
    List<Long> packs = new ArrayList<>();
    store
        .environment()
        .read(
            txn -> {
              try (Cursor<ByteBuffer> cursor = all.packs().dbi().openCursor(txn)) {
                for (boolean more = cursor.first(); more; more = cursor.next()) {
                  packs.add(cursor.key().getLong(0));
                }
              }
              return null;
            });
    for (int from = 0; from < packs.size(); from += Place.PACKS_MAX) {
      int to = Math.min(packs.size(), from + Place.PACKS_MAX);
      hash(Set.copyOf(packs.subList(from, to)));
    }
  }

  private void hash(Set<Long> packs) {
    Environment environment = store.environment();
    for (Place place : environment.read(txn -> Place.in(packs, txn, store.objects()))) {
      environment.read(
          txn -> {
            hash(txn, place);
            return null;
          });
    }
  }

  private void hashLoose(Txn<ByteBuffer> txn, ByteBuffer key, ByteBuffer value) {
    Place place = Place.of(key, value);
    if (place != null) {
      if (place.pack() == Place.LOOSE) {
        hash(txn, place);
      } else if (!store.objects().packs().has(txn, place.pack())) {
        hashed();
        damaged(place.space(), place.digest(), "is in a pack that is missing");
      }
      return;
    }
    ByteBuffer left = key.duplicate();
    Space space = Space.read(left);
    if (space == null) {
      problems.accept(null, "an object has no key that could be its own");
    } else {
      Digest digest = Digest.read(left);
      hashed();
      damaged(space, digest, "is damaged");
    }
  }

  private void hashed() {
    objects++;
    meter.done(1);
  }

  private void damaged(Space space, Digest digest, String what) {
    damaged.computeIfAbsent(space, s -> new HashSet<>()).add(digest);
    problems.accept(digest, what);
  }

  private void hash(Txn<ByteBuffer> txn, Place place) {
    Space space = place.space();
    Kind kind = store.objects().decode(txn, space, place.digest(), scratch);
    hashed();
    if (kind == null
        || !scratch
            .hasher(space.hash())
            .hash(kind.code(), scratch.plain())
            .equals(place.digest())) {
      damaged(space, place.digest(), "is damaged");
    } else {
      bytes += scratch.plain().remaining();
    }
  }
}
