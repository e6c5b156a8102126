package io.diffkeeper.store;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.lmdbjava.Cursor;
import org.lmdbjava.Dbi;
import org.lmdbjava.GetOp;
import org.lmdbjava.Txn;

/** The states and versions of a store, within transactions. */
final class Catalog {
  /** Versions that may have come since a container's last before its end is told. */
  private static final int LOOK_BACK_MAX = 1000;

  private final Environment environment;

  Catalog(Environment environment) {
    this.environment = environment;
  }

  private Dbi<ByteBuffer> states() {
    return environment.dbi(Environment.STATES);
  }

  private Dbi<ByteBuffer> versions() {
    return environment.dbi(Environment.VERSIONS);
  }

  /** The state; null if there is none. */
  Records.State find(Txn<ByteBuffer> txn, StateName name) {
    ByteBuffer key = Records.stateKey(name);
    ByteBuffer value = states().get(txn, key);
    if (value == null) {
      return null;
    }
    Records.State state = Records.state(key, value);
    if (state == null) {
      throw LmdbErrors.corrupt(environment.path(), "the record of state " + name + " is damaged");
    }
    return state;
  }

  /** The state; NOT_FOUND if there is none. */
  Records.State state(Txn<ByteBuffer> txn, StateName name) {
    Records.State state = find(txn, name);
    if (state == null) {
      throw new io.diffkeeper.DiffKeeperException(
          io.diffkeeper.ExitCode.NOT_FOUND, "no such state: " + name);
    }
    return state;
  }

  void put(Txn<ByteBuffer> txn, Records.State state) {
    ByteBuffer key = Records.stateKey(state.name());
    states().put(txn, key, Records.encode(key, state));
  }

  void remove(Txn<ByteBuffer> txn, Records.State state) {
    states().delete(txn, Records.stateKey(state.name()));
  }

  void remove(Txn<ByteBuffer> txn, StateName name, long number) {
    versions().delete(txn, Records.versionKey(Records.stateKey(name), number));
  }

  List<Records.State> states(Txn<ByteBuffer> txn) {
    List<Records.State> found = new ArrayList<>();
    try (Cursor<ByteBuffer> cursor = states().openCursor(txn)) {
      for (boolean more = cursor.first(); more; more = cursor.next()) {
        Records.State state = Records.state(cursor.key(), cursor.val());
        if (state == null) {
          throw LmdbErrors.corrupt(environment.path(), "the record of a state is damaged");
        }
        found.add(state);
      }
    }
    return found;
  }

  /** The version; null if there is none. */
  Version version(Txn<ByteBuffer> txn, StateName name, long number) {
    ByteBuffer key = Records.versionKey(Records.stateKey(name), number);
    ByteBuffer value = versions().get(txn, key);
    return value == null ? null : decode(name, key, value);
  }

  /** A state's versions, newest first. */
  List<Version> versions(Txn<ByteBuffer> txn, StateName name) {
    ByteBuffer stateKey = Records.stateKey(name);
    List<Version> found = new ArrayList<>();
    try (Cursor<ByteBuffer> cursor = versions().openCursor(txn)) {
      ByteBuffer start = Records.versionKey(stateKey, 0);
      for (boolean more = cursor.get(start, GetOp.MDB_SET_RANGE);
          more && isOf(stateKey, cursor.key());
          more = cursor.next()) {
        found.add(decode(name, cursor.key(), cursor.val()));
      }
    }
    java.util.Collections.reverse(found);
    return found;
  }

  /** The newest version that a container wrote; null if there is none. */
  Version newest(Txn<ByteBuffer> txn, StateName name, String container) {
    ByteBuffer stateKey = Records.stateKey(name);
    try (Cursor<ByteBuffer> cursor = versions().openCursor(txn)) {
      ByteBuffer end = Records.versionKey(stateKey, Long.MAX_VALUE);
      boolean more = cursor.get(end, GetOp.MDB_SET_RANGE) ? cursor.prev() : cursor.last();
      for (; more && isOf(stateKey, cursor.key()); more = cursor.prev()) {
        if (Records.isOf(container, cursor.val())) {
          return decode(name, cursor.key(), cursor.val());
        }
      }
    }
    return null;
  }

  /** Adds to what is known of a container's end; null if none of the newest versions is its own. */
  Version end(Txn<ByteBuffer> txn, StateName name, String container, Ending ending) {
    long latest = state(txn, name).latest();
    for (long number = latest; number > Math.max(0, latest - LOOK_BACK_MAX); number--) {
      Version version = version(txn, name, number);
      if (version != null && version.origin().containerId().equals(container)) {
        Version told = version.with(version.ending().and(ending));
        if (!told.ending().equals(version.ending())) {
          ByteBuffer key = Records.versionKey(Records.stateKey(name), number);
          versions().put(txn, key, Records.encode(key, told));
        }
        return told;
      }
    }
    return null;
  }

  /** The numbers of a state's versions, ascending, whatever their records say. */
  List<Long> numbers(Txn<ByteBuffer> txn, StateName name) {
    ByteBuffer stateKey = Records.stateKey(name);
    List<Long> numbers = new ArrayList<>();
    try (Cursor<ByteBuffer> cursor = versions().openCursor(txn)) {
      ByteBuffer start = Records.versionKey(stateKey, 0);
      for (boolean more = cursor.get(start, GetOp.MDB_SET_RANGE);
          more && isOf(stateKey, cursor.key());
          more = cursor.next()) {
        numbers.add(cursor.key().getLong(Records.STATE_KEY_BYTES));
      }
    }
    return numbers;
  }

  /** The version; null if there is none, or its record is damaged. */
  Version intact(Txn<ByteBuffer> txn, StateName name, long number) {
    ByteBuffer key = Records.versionKey(Records.stateKey(name), number);
    ByteBuffer value = versions().get(txn, key);
    return value == null ? null : Records.version(key, value);
  }

  /** Whether a version's key is one of that state's. */
  static boolean isOf(ByteBuffer stateKey, ByteBuffer versionKey) {
    return versionKey.remaining() == Records.VERSION_KEY_BYTES
        && versionKey.duplicate().limit(Records.STATE_KEY_BYTES).equals(stateKey);
  }

  private Version decode(StateName name, ByteBuffer key, ByteBuffer value) {
    Version version = Records.version(key, value);
    if (version == null) {
      long number = key.getLong(Records.STATE_KEY_BYTES);
      String what = "the record of version " + name + "@" + number + " is damaged";
      throw LmdbErrors.corrupt(environment.path(), what);
    }
    return version;
  }

  StateInfo info(Txn<ByteBuffer> txn, Records.State state) {
    long latest = state.latest();
    Version version = latest == 0 ? null : version(txn, state.name(), latest);
    if (latest != 0 && version == null) {
      String what = "version " + state.name() + "@" + latest + " is missing";
      throw LmdbErrors.corrupt(environment.path(), what);
    }
    return new StateInfo(
        state.name(),
        state.space(),
        state.imageRepository(),
        Set.copyOf(state.allowedImages()),
        state.created(),
        version,
        state.lastContainer());
  }
}
