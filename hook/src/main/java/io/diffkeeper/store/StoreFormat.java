package io.diffkeeper.store;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.lmdbjava.Dbi;
import org.lmdbjava.Txn;

/**
 * A version of the format, and how a store of an older one becomes one of it: on opening, in one
 * transaction, by a process that has the store alone. So a store is of one format or of the next,
 * whenever who changes it is killed; and one of a newer format is refused and left as it is.
 *
 * @param version the number that such a store has in its format record
 * @param migrations from each older format to the one after it, by the older one's number
 */
record StoreFormat(int version, Map<Integer, Migration> migrations) {
  /** What this build reads and writes. There was none before, so nothing leads to it yet. */
  static final StoreFormat CURRENT = new StoreFormat(1, Map.of());

  /** What {@link #read} gives for a record that does not verify. */
  static final int DAMAGED = -1;

  /** Makes a store of one format one of the next; all databases are open. */
  @FunctionalInterface
  interface Migration {
    void run(Txn<ByteBuffer> txn, Environment environment);
  }

  private static ByteBuffer key() {
    return Records.direct("format".getBytes(StandardCharsets.US_ASCII));
  }

  /** Whether a key is the format record's. */
  static boolean isKey(ByteBuffer other) {
    return key().equals(other);
  }

  /** Puts the format record of a version. */
  static void put(Txn<ByteBuffer> txn, Dbi<ByteBuffer> meta, int version) {
    ByteBuffer value = ByteBuffer.allocateDirect(Integer.BYTES + Fields.CHECKSUM_BYTES);
    ByteBuffer key = key();
    meta.put(txn, key, Fields.seal(key, value.putInt(version)));
  }

  /** The version that a store's record has; {@link #DAMAGED} if it has none that verifies. */
  static int read(Txn<ByteBuffer> txn, Dbi<ByteBuffer> meta) {
    return read(meta.get(txn, key()));
  }

  /** The version in the value of a record, which may be null. */
  static int read(ByteBuffer value) {
    boolean sound =
        value != null && Fields.unseal(key(), value) && value.remaining() >= Integer.BYTES;
    return sound ? value.getInt() : DAMAGED;
  }

  /**
   * Whether a store of that version has to be migrated.
   *
   * @throws DiffKeeperException CORRUPT if it cannot be: it is newer, or its record is damaged
   */
  boolean isOlder(int found, Path store) {
    if (found == DAMAGED) {
      throw LmdbErrors.corrupt(store, "the format record is damaged");
    }
    for (int from = found; from < version; from++) {
      if (!migrations.containsKey(from)) {
        throw refused(store, found, "does not know");
      }
    }
    refuseNewer(found, store);
    return found < version;
  }

  /**
   * Refuses a store of a newer version.
   *
   * @throws DiffKeeperException CORRUPT if it is one
   */
  void refuseNewer(int found, Path store) {
    if (found > version) {
      throw refused(store, found, "knows up to " + version);
    }
  }

  private static DiffKeeperException refused(Path store, int found, String what) {
    return new DiffKeeperException(
        ExitCode.CORRUPT, "store " + store + " has format " + found + ", this program " + what);
  }

  /** Migrates step by step, within the caller's transaction; nothing if it is done already. */
  void migrate(Txn<ByteBuffer> txn, Environment environment) {
    Dbi<ByteBuffer> meta = environment.dbi(Environment.META);
    int found = read(txn, meta);
    if (isOlder(found, environment.path())) {
      for (int from = found; from < version; from++) {
        migrations.get(from).run(txn, environment);
      }
      put(txn, meta, version);
    }
  }
}
