package io.diffkeeper.store;

import io.diffkeeper.Meter;
import io.diffkeeper.tree.Digest;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.lmdbjava.Cursor;
import org.lmdbjava.Dbi;
import org.lmdbjava.GetOp;
import org.lmdbjava.Txn;

/** One verification of a store: pages, then every object, then what the versions refer to. */
final class Verify {
  private static final int RECORDS_PER_TRANSACTION = 64;

  private final Store store;
  private final Scratch scratch;
  private final Meter meter;
  private final Map<VerifyReport.Problem, SortedSet<Long>> problems = new LinkedHashMap<>();
  private long states;
  private long versions;
  private long objects;
  private long bytes;

  Verify(Store store, Scratch scratch, Meter meter) {
    this.store = store;
    this.scratch = scratch;
    this.meter = meter;
  }

  VerifyReport run(StateName only) {
    String fault = store.environment().checkPages();
    if (fault != null) {
      problem(null, 0, "", null, fault);
    } else { // LMDB must not read pages that are broken: it would crash
      List<Records.State> all = readStates();
      Map<Space, Set<Digest>> damaged = only == null ? hashAll() : null;
      readVersionKeys(all);
      for (Records.State state : all) {
        if (only == null || only.equals(state.name())) {
          verify(state, damaged == null ? null : damaged.getOrDefault(state.space(), Set.of()));
        }
      }
    }
    return report();
  }

  private void verify(Records.State state, Set<Digest> damaged) {
    states++;
    TreeCheck check = new TreeCheck(store.objects(), state.space(), scratch, damaged);
    List<Long> numbers = numbers(state);
    if (damaged == null) {
      meter.expect(numbers.stream().mapToDouble(n -> cost(readVersion(state.name(), n))).sum());
    }
    for (long number : numbers) {
      Version version = readVersion(state.name(), number);
      if (damaged == null) {
        double start = store.bytesRead();
        double all = version == null ? 1 : Math.max(1, version.bytes());
        meter.begin(cost(version), () -> (store.bytesRead() - start) / all);
      }
      verify(state.name(), number, version, check);
      if (damaged == null) {
        meter.done(cost(version));
      }
    }
    if (state.latest() != 0 && !numbers.contains(state.latest())) {
      problem(state.name(), state.latest(), "", null, "the latest version is missing");
    }
    objects += check.objects();
    bytes += check.bytes();
  }

  /** What a version has to have read, about: what was new in it. */
  private static double cost(Version version) {
    return version == null ? 1 : 1 + version.storedBytes();
  }

  private void verify(StateName name, long number, Version version, TreeCheck check) {
    if (version == null) {
      problem(name, number, "", null, "the version's record is damaged");
      return;
    }
    versions++;
    check.root(version.root(), (path, digest, what) -> problem(name, number, path, digest, what));
    if (version.base() != null) {
      check.root(
          version.base(),
          (path, digest, what) -> problem(name, number, path, digest, "in the base: " + what));
    }
  }

  private List<Records.State> readStates() {
    Dbi<ByteBuffer> dbi = store.environment().dbi(Environment.STATES);
    return store
        .environment()
        .read(
            txn -> {
              List<Records.State> found = new ArrayList<>();
              try (Cursor<ByteBuffer> cursor = dbi.openCursor(txn)) {
                for (boolean more = cursor.first(); more; more = cursor.next()) {
                  Records.State state = Records.state(cursor.key(), cursor.val());
                  if (state == null) {
                    problem(null, 0, "", null, "the record of a state is damaged");
                  } else {
                    found.add(state);
                  }
                }
              }
              return found;
            });
  }

  /** Every version has to be one of a state that there is. */
  private void readVersionKeys(List<Records.State> all) {
    Set<ByteBuffer> keys = new HashSet<>();
    all.forEach(state -> keys.add(Records.stateKey(state.name())));
    Dbi<ByteBuffer> dbi = store.environment().dbi(Environment.VERSIONS);
    store
        .environment()
        .read(
            txn -> {
              try (Cursor<ByteBuffer> cursor = dbi.openCursor(txn)) {
                for (boolean more = cursor.first(); more; more = cursor.next()) {
                  ByteBuffer key = cursor.key();
                  if (key.remaining() != Records.VERSION_KEY_BYTES
                      || !keys.contains(key.duplicate().limit(Records.STATE_KEY_BYTES))) {
                    problem(null, 0, "", null, "a version belongs to no state");
                  }
                }
              }
              return null;
            });
  }

  private List<Long> numbers(Records.State state) {
    Dbi<ByteBuffer> dbi = store.environment().dbi(Environment.VERSIONS);
    ByteBuffer stateKey = Records.stateKey(state.name());
    return store
        .environment()
        .read(
            txn -> {
              List<Long> numbers = new ArrayList<>();
              try (Cursor<ByteBuffer> cursor = dbi.openCursor(txn)) {
                ByteBuffer start = Records.versionKey(stateKey, 0);
                for (boolean more = cursor.get(start, GetOp.MDB_SET_RANGE);
                    more && Catalog.isOf(stateKey, cursor.key());
                    more = cursor.next()) {
                  numbers.add(cursor.key().getLong(Records.STATE_KEY_BYTES));
                }
              }
              return numbers;
            });
  }

  private Version readVersion(StateName name, long number) {
    Dbi<ByteBuffer> dbi = store.environment().dbi(Environment.VERSIONS);
    ByteBuffer key = Records.versionKey(Records.stateKey(name), number);
    return store
        .environment()
        .read(
            txn -> {
              ByteBuffer value = dbi.get(txn, key);
              return value == null ? null : Records.version(key, value);
            });
  }

  /** Hashes every object there is, in the order of the keys; gives the damaged ones. */
  private Map<Space, Set<Digest>> hashAll() {
    Map<Space, Set<Digest>> damaged = new LinkedHashMap<>();
    meter.expect(store.environment().read(store.objects().dbi()::stat).entries);
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
                        hashLoose(txn, cursor.key(), cursor.val(), damaged);
                        // The smallest key behind this one: itself and a zero.
                        next.clear().put(cursor.key().duplicate()).put((byte) 0).flip();
                        found = cursor.next();
                      }
                      return found;
                    }
                  });
    }
    hashPacked(damaged);
    return damaged;
  }

  /** Pack by pack, so that each is decompressed once. */
  private void hashPacked(Map<Space, Set<Digest>> damaged) {
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
      hash(Set.copyOf(packs.subList(from, to)), damaged);
    }
  }

  private void hash(Set<Long> packs, Map<Space, Set<Digest>> damaged) {
    Environment environment = store.environment();
    for (Place place : environment.read(txn -> Place.in(packs, txn, store.objects()))) {
      environment.read(
          txn -> {
            hash(txn, place, damaged);
            return null;
          });
    }
  }

  private void hashLoose(
      Txn<ByteBuffer> txn, ByteBuffer key, ByteBuffer value, Map<Space, Set<Digest>> damaged) {
    Place place = Place.of(key, value);
    if (place != null) {
      if (place.pack() == Place.LOOSE) {
        hash(txn, place, damaged);
      } else if (!store.objects().packs().has(txn, place.pack())) {
        hashed();
        add(damaged, place.space(), place.digest());
        problem(null, 0, "", place.digest(), "is in a pack that is missing");
      }
      return;
    }
    ByteBuffer left = key.duplicate();
    Space space = Space.read(left);
    if (space == null) {
      problem(null, 0, "", null, "an object has no key that could be its own");
    } else {
      Digest digest = Digest.read(left);
      hashed();
      add(damaged, space, digest);
      problem(null, 0, "", digest, "is damaged");
    }
  }

  private void hashed() {
    objects++;
    meter.done(1);
  }

  private static void add(Map<Space, Set<Digest>> damaged, Space space, Digest digest) {
    damaged.computeIfAbsent(space, s -> new HashSet<>()).add(digest);
  }

  private void hash(Txn<ByteBuffer> txn, Place place, Map<Space, Set<Digest>> damaged) {
    Space space = place.space();
    Kind kind = store.objects().decode(txn, space, place.digest(), scratch);
    hashed();
    if (kind == null
        || !scratch
            .hasher(space.hash())
            .hash(kind.code(), scratch.plain())
            .equals(place.digest())) {
      add(damaged, space, place.digest());
      problem(null, 0, "", place.digest(), "is damaged");
    } else {
      bytes += scratch.plain().remaining();
    }
  }

  private void problem(StateName state, long number, String path, Digest digest, String what) {
    var problem = new VerifyReport.Problem(state, List.of(), path, digest, what);
    if (problems.size() < VerifyReport.PROBLEMS_MAX || problems.containsKey(problem)) {
      Set<Long> hurt = problems.computeIfAbsent(problem, p -> new TreeSet<>());
      if (number > 0) {
        hurt.add(number);
      }
    }
  }

  private VerifyReport report() {
    // Damage that hurts versions was found twice: as an object, and by its paths.
    Set<Digest> placed = new HashSet<>();
    problems.keySet().stream().filter(p -> p.state() != null).forEach(p -> placed.add(p.digest()));
    problems
        .keySet()
        .removeIf(p -> p.state() == null && p.digest() != null && placed.contains(p.digest()));
    List<VerifyReport.Problem> list = new ArrayList<>();
    problems.forEach(
        (p, hurt) ->
            list.add(
                new VerifyReport.Problem(
                    p.state(), List.copyOf(hurt), p.path(), p.digest(), p.what())));
    return new VerifyReport(states, versions, objects, bytes, List.copyOf(list));
  }
}
