package io.diffkeeper.store;

import io.diffkeeper.Meter;
import io.diffkeeper.tree.Digest;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.lmdbjava.Cursor;
import org.lmdbjava.Dbi;

/** One verification of a store: pages, then every object, then what the versions refer to. */
final class Verify {
  private final Store store;
  private final Scratch scratch;
  private final Meter meter;
  private final Hashing hashing;
  private final Problems problems = new Problems(VerifyReport.PROBLEMS_MAX);
  private long states;
  private long versions;
  private long objects;
  private long bytes;

  Verify(Store store, Scratch scratch, Meter meter) {
    this.store = store;
    this.scratch = scratch;
    this.meter = meter;
    this.hashing =
        new Hashing(
            store, scratch, meter, (digest, what) -> problems.add(null, 0, "", digest, what));
  }

  /**
   * Does it.
   *
   * @param only the only state; null for all
   * @param version the only version of that; {@link VerifyReport#ALL_VERSIONS} for all
   */
  VerifyReport run(StateName only, long version) {
    String fault = store.environment().checkPages();
    if (fault != null) {
      problems.add(null, 0, "", null, fault);
    } else { // LMDB must not read pages that are broken: it would crash
      List<Records.State> all = readStates();
      Map<Space, Set<Digest>> damaged = only == null ? hashing.run(countVersions()) : null;
      readVersionKeys(all);
      for (Records.State state : all) {
        if (only == null || only.equals(state.name())) {
          verify(
              state,
              version,
              damaged == null ? null : damaged.getOrDefault(state.space(), Set.of()));
        }
      }
    }
    return report();
  }

  private double countVersions() {
    return store.environment().read(store.environment().dbi(Environment.VERSIONS)::stat).entries;
  }

  private void verify(Records.State state, long only, Set<Digest> damaged) {
    states++;
    List<Long> all = store.environment().read(txn -> store.catalog().numbers(txn, state.name()));
    List<Long> numbers = only == VerifyReport.ALL_VERSIONS ? all : List.of(only);
    boolean alone = damaged == null;
    if (alone) {
      meter.expect(countObjects(state, numbers));
    }
    TreeCheck check = check(state, damaged, alone ? () -> meter.done(1) : () -> {});
    for (long number : numbers) {
      verify(state.name(), number, readVersion(state.name(), number), check);
      if (!alone) {
        meter.done(1);
      }
    }
    if (state.latest() != 0 && !all.contains(state.latest())) {
      problems.add(state.name(), state.latest(), "", null, "the latest version is missing");
    }
    objects += check.objects();
    bytes += check.bytes();
  }

  private TreeCheck check(Records.State state, Set<Digest> damaged, Runnable each) {
    return new TreeCheck(store.objects(), state.space(), scratch, damaged, each);
  }

  /** How many objects a state's versions consist of: the same walk, which reads no content. */
  private long countObjects(Records.State state, List<Long> numbers) {
    long[] count = new long[1];
    TreeCheck counting = check(state, Set.of(), () -> count[0]++);
    for (long number : numbers) {
      Version version = readVersion(state.name(), number);
      if (version != null) {
        check(version, counting, (path, digest, what) -> {}, (path, digest, what) -> {});
      }
    }
    return count[0];
  }

  private void verify(StateName name, long number, Version version, TreeCheck check) {
    if (version == null) {
      problems.add(name, number, "", null, "the version's record is damaged");
      return;
    }
    versions++;
    check(
        version,
        check,
        (path, digest, what) -> problems.add(name, number, path, digest, what),
        (path, digest, what) -> problems.add(name, number, path, digest, "in the base: " + what));
  }

  private static void check(
      Version version, TreeCheck check, TreeCheck.Problems inTree, TreeCheck.Problems inBase) {
    check.root(version.root(), inTree);
    if (version.base() != null) {
      check.root(version.base(), inBase);
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
                    problems.add(null, 0, "", null, "the record of a state is damaged");
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
                    problems.add(null, 0, "", null, "a version belongs to no state");
                  }
                }
              }
              return null;
            });
  }

  private Version readVersion(StateName name, long number) {
    return store.environment().read(txn -> store.catalog().intact(txn, name, number));
  }

  private VerifyReport report() {
    // Damage that hurts versions was found twice: as an object, and by its paths.
    Set<Digest> placed = new HashSet<>();
    problems.list().stream().filter(p -> p.state() != null).forEach(p -> placed.add(p.digest()));
    problems.removeIf(p -> p.state() == null && p.digest() != null && placed.contains(p.digest()));
    return new VerifyReport(
        states, versions, objects + hashing.objects(), bytes + hashing.bytes(), problems.list());
  }
}
