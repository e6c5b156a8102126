package io.diffkeeper.store;

import io.diffkeeper.DedupScope;
import io.diffkeeper.HashAlgorithm;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.lmdbjava.Cursor;
import org.lmdbjava.Dbi;
import org.lmdbjava.Txn;

/**
 * The states of a store in which some of their records are lost or damaged. A state that still has
 * versions is restored if its name is known: keys are made of names, so a name proves itself.
 */
final class LostStates {
  /** No image has such a name: containers that name the state by annotation are refused. */
  private static final String UNKNOWN_IMAGE = "(unknown)";

  private final Store store;
  private final Problems losses;
  private final Map<ByteBuffer, StateName> names = new HashMap<>();
  private final Map<ByteBuffer, Instant> created = new HashMap<>();
  private final List<Records.State> states = new ArrayList<>();

  /** Keys of records that are damaged, and of states that have versions and no record. */
  private final Set<ByteBuffer> lost = new LinkedHashSet<>();

  /**
   * The lost states of a store.
   *
   * @param known names that there may be
   * @param losses is told of each record that was lost
   */
  LostStates(Store store, Collection<StateName> known, Problems losses) {
    this.store = store;
    this.losses = losses;
    known.forEach(name -> names.put(Records.stateKey(name), name));
  }

  /**
   * All states, those that are restored included.
   *
   * @param only the only state that is of interest; null for all
   */
  List<Records.State> all(Txn<ByteBuffer> txn, StateName only) {
    readRecords(txn);
    readVersions(txn);
    for (ByteBuffer key : lost) {
      StateName name = names.get(key);
      if (name != null && (only == null || only.equals(name))) {
        states.add(restored(txn, name));
      } else if (only == null) {
        losses.add(null, 0, "", null, "dropped: the record of a state whose name is not known");
      }
    }
    states.removeIf(state -> only != null && !only.equals(state.name()));
    return states;
  }

  private void readRecords(Txn<ByteBuffer> txn) {
    Dbi<ByteBuffer> dbi = store.environment().dbi(Environment.STATES);
    try (Cursor<ByteBuffer> cursor = dbi.openCursor(txn)) {
      for (boolean more = cursor.first(); more; more = cursor.next()) {
        ByteBuffer value = cursor.val().duplicate();
        Records.State state = Records.state(cursor.key(), cursor.val());
        if (state == null) {
          lost.add(copy(cursor.key()));
          readName(value);
        } else {
          states.add(state);
        }
      }
    }
  }

  private void readName(ByteBuffer damaged) {
    damaged.limit(Math.max(damaged.position(), damaged.limit() - Fields.CHECKSUM_BYTES));
    Records.State said = Records.unverified(damaged);
    if (said != null) {
      names.put(Records.stateKey(said.name()), said.name());
      created.put(Records.stateKey(said.name()), said.created());
    }
  }

  private void readVersions(Txn<ByteBuffer> txn) {
    Dbi<ByteBuffer> dbi = store.environment().dbi(Environment.VERSIONS);
    try (Cursor<ByteBuffer> cursor = dbi.openCursor(txn)) {
      for (boolean more = cursor.first(); more; more = cursor.next()) {
        if (cursor.key().remaining() == Records.VERSION_KEY_BYTES) {
          ByteBuffer key = cursor.key().duplicate().limit(Records.STATE_KEY_BYTES);
          if (names.containsKey(key)) {
            lost.add(copy(key));
          }
        }
      }
    }
    states.forEach(state -> lost.remove(Records.stateKey(state.name())));
  }

  private static ByteBuffer copy(ByteBuffer key) {
    return ByteBuffer.allocate(key.remaining()).put(key.duplicate()).flip();
  }

  private Records.State restored(Txn<ByteBuffer> txn, StateName name) {
    Version newest = newest(txn, name);
    String what = "its record was lost: let images use it again with diffkeeper allow";
    losses.add(name, 0, "", null, what);
    return new Records.State(
        name,
        space(txn, name, newest),
        UNKNOWN_IMAGE,
        Set.of(),
        created.getOrDefault(Records.stateKey(name), Instant.EPOCH),
        newest == null ? 0 : newest.number(),
        newest == null ? "" : newest.origin().containerId());
  }

  private Version newest(Txn<ByteBuffer> txn, StateName name) {
    Version newest = null;
    for (long number : store.catalog().numbers(txn, name)) {
      Version version = store.catalog().intact(txn, name, number);
      newest = version == null ? newest : version;
    }
    return newest;
  }

  /** The space in which the state's newest version is. */
  private Space space(Txn<ByteBuffer> txn, StateName name, Version newest) {
    Objects objects = store.objects();
    for (HashAlgorithm hash : HashAlgorithm.values()) {
      for (DedupScope scope : DedupScope.values()) {
        Space space = Space.of(name, hash, scope);
        if (newest != null && objects.dbi().get(txn, objects.key(space, newest.root())) != null) {
          return space;
        }
      }
    }
    return Space.of(name, HashAlgorithm.SHA256, DedupScope.CLUSTER);
  }
}
