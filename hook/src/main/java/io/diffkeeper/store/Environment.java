package io.diffkeeper.store;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.lmdbjava.CopyFlags;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.DirectBuffers;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;
import org.lmdbjava.LmdbException;
import org.lmdbjava.LmdbNativeException;
import org.lmdbjava.Txn;

/**
 * The LMDB environment of a store: transactions that grow the map when it is full and follow when
 * another process has grown it. For all threads; transactions do not nest.
 */
final class Environment implements AutoCloseable {
  static final String META = "meta";
  static final String STATES = "states";
  static final String VERSIONS = "versions";
  static final String OBJECTS = "objects";
  static final String PACKS = "packs";
  static final List<String> NAMES = List.of(META, STATES, VERSIONS, OBJECTS, PACKS);

  /** The map is address space, not memory: it doubles up to a step, then grows by steps. */
  static final long MAP_BYTES = 1L << 30;

  static final long MAP_BYTES_MAX = 1L << 44;
  private static final long MAP_STEP_BYTES_MAX = 1L << 36;
  private static final int ATTEMPTS_MAX = 100;
  private static final int READERS_MAX = 1024;
  private static final int DEAD_READERS_CHECK_EVERY = 256;

  private final Path path;

  /** As on a dead host's disk: nobody can be writing, and no lock is needed, nor possible. */
  private final boolean readOnly;

  /** Changed, like the handles, only by who owns the map lock. */
  private volatile Env<ByteBuffer> env;

  /** Transactions share it; whoever does what none survives owns it: a new size, a new start. */
  private final ReentrantReadWriteLock mapLock = new ReentrantReadWriteLock();

  private final AtomicInteger writes = new AtomicInteger();
  private final Dbi<ByteBuffer>[] dbis;
  private final StoreFormat format;
  private final WriterGate gate;
  private boolean closed;

  /** What is done in a transaction; run again from the start when the map had to grow. */
  interface Work<T> {
    T run(Txn<ByteBuffer> txn);
  }

  /**
   * Opens it, to be closed by {@link Environments}, which knows whether it is open already.
   *
   * @param format what the store is to be, or to become
   * @param gate closed with it; null if nobody can write the store
   */
  @SuppressWarnings({"unchecked", "rawtypes"})
  Environment(Path path, long mapBytes, StoreFormat format, WriterGate gate) {
    this.path = path;
    this.readOnly = gate == null;
    this.format = format;
    this.gate = gate;
    this.dbis = new Dbi[NAMES.size()];
    env = start(mapBytes);
    boolean opened = false;
    try {
      env.readerCheck();
      openDatabases();
      if (gate != null) {
        gate.made();
      }
      opened = true;
    } catch (LmdbException e) {
      throw LmdbErrors.map(e, path);
    } finally {
      if (!opened) {
        env.close();
      }
    }
  }

  private Env<ByteBuffer> start(long mapBytes) {
    try {
      return Env.create(DirectBuffers.PROXY)
          .setMapSize(mapBytes)
          .setMaxDbs(NAMES.size())
          .setMaxReaders(READERS_MAX)
          .open(path.toFile(), 0600, flags());
    } catch (LmdbException e) {
      throw LmdbErrors.map(e, path);
    }
  }

  private EnvFlags[] flags() {
    return readOnly
        ? new EnvFlags[] {EnvFlags.MDB_NOTLS, EnvFlags.MDB_RDONLY_ENV}
        : new EnvFlags[] {EnvFlags.MDB_NOTLS};
  }

  /**
   * Starts anew after a meta page could not be written, as on a full disk that copies what is
   * overwritten: LMDB refuses everything from then on.
   */
  private void startAgain(Env<ByteBuffer> failed) {
    mapLock.writeLock().lock();
    try {
      if (env == failed && !closed) { // else another thread was here first
        DataFile.checkOpening(path);
        long mapBytes = failed.info().mapSize;
        failed.close();
        env = start(mapBytes);
        try (Txn<ByteBuffer> txn = env.txnRead()) {
          open(txn);
          txn.commit();
        }
      }
    } catch (LmdbException e) {
      throw LmdbErrors.map(e, path);
    } finally {
      mapLock.writeLock().unlock();
    }
  }

  private void openDatabases() {
    // A handle outlives the transaction that opened it only if that one is committed.
    List<byte[]> names = read(txn -> databaseNames(txn));
    if (names.isEmpty()) {
      write(
          txn -> {
            open(txn, DbiFlags.MDB_CREATE);
            StoreFormat.put(txn, dbi(META), format.version());
            return null;
          });
      StoreDirectory.sync(path);
    } else {
      read(
          txn -> {
            open(txn);
            txn.commit();
            return null;
          });
    }
    if (format.isOlder(read(txn -> StoreFormat.read(txn, dbi(META))), path)) {
      migrate();
    }
  }

  private void migrate() {
    requireWritable();
    gate.alone("changed to format " + format.version());
    write(
        txn -> {
          format.migrate(txn, this);
          return null;
        });
    gate.share();
  }

  private List<byte[]> databaseNames(Txn<ByteBuffer> txn) {
    Dbi<ByteBuffer> main = env.openDbi(txn, null, null, false);
    try (var cursor = main.openCursor(txn)) {
      List<byte[]> names = new ArrayList<>();
      for (boolean found = cursor.first(); found; found = cursor.next()) {
        byte[] name = new byte[cursor.key().remaining()];
        cursor.key().get(name);
        names.add(name);
      }
      return names;
    }
  }

  private void open(Txn<ByteBuffer> txn, DbiFlags... flags) {
    for (int i = 0; i < dbis.length; i++) {
      byte[] name = NAMES.get(i).getBytes(StandardCharsets.US_ASCII);
      dbis[i] = env.openDbi(txn, name, null, false, flags);
    }
  }

  Dbi<ByteBuffer> dbi(String name) {
    return dbis[NAMES.indexOf(name)];
  }

  Path path() {
    return path;
  }

  WriterGate gate() {
    requireWritable();
    return gate;
  }

  /** Copies the newest snapshot without its free pages into an empty directory. */
  void copy(Path to) {
    mapLock.readLock().lock();
    try {
      env.copy(to.toFile(), CopyFlags.MDB_CP_COMPACT);
    } catch (LmdbException e) {
      throw LmdbErrors.map(e, to);
    } finally {
      mapLock.readLock().unlock();
    }
  }

  /**
   * Checks the pages of the newest snapshot without LMDB's help.
   *
   * @return what is wrong; null if nothing is
   */
  String checkPages() {
    String fault = "";
    for (int attempt = 0; fault != null && fault.isEmpty() && attempt < ATTEMPTS_MAX; attempt++) {
      fault =
          read(
              txn -> {
                try {
                  return DataFile.checkSnapshot(path, txn.getId());
                } catch (IOException e) {
                  throw LmdbErrors.map(e, path);
                }
              });
    }
    return fault;
  }

  /**
   * Has readers see all that is durable. A writer that is killed after it has written a meta page,
   * and before it has told the others so, leaves them with the snapshot before, until somebody
   * writes: LMDB finds that out only then.
   */
  void catchUp() {
    if (!readOnly && read(txn -> env.info().lastTransactionId > txn.getId())) {
      write(txn -> null);
    }
  }

  /** Runs work that reads; it must copy out what it returns. */
  <T> T read(Work<T> work) {
    return run(work, false);
  }

  /** Runs work in a transaction that is durable on return; it must be able to run again. */
  <T> T write(Work<T> work) {
    requireWritable();
    if (writes.incrementAndGet() % DEAD_READERS_CHECK_EVERY == 0) {
      env.readerCheck();
    }
    return run(work, true);
  }

  /**
   * Has the next transaction use the room that the last one has made. LMDB leaves that to the one
   * after the next, as the snapshot before the newest has to stay whole: so there is one between
   * them, which changes next to nothing.
   */
  void reuse() {
    try {
      write(
          txn -> {
            StoreFormat.put(txn, dbi(META), format.version());
            return null;
          });
    } catch (DiffKeeperException e) {
      // Nobody needs it. What is wrong keeps the next version from being written, or is over then.
    }
  }

  private void requireWritable() {
    if (readOnly) {
      throw new DiffKeeperException(
          ExitCode.BAD_INPUT, "store " + path + " can only be read: read-only file system");
    }
  }

  private <T> T run(Work<T> work, boolean writing) {
    boolean checkedReaders = false;
    boolean startedAgain = false;
    while (true) {
      Env<ByteBuffer> used = env;
      try {
        return once(work, writing);
      } catch (Env.MapFullException full) {
        grow(mapBytes());
      } catch (Dbi.MapResizedException resized) {
        setMapSize(0);
      } catch (Env.ReadersFullException full) {
        if (checkedReaders || env.readerCheck() == 0) {
          throw LmdbErrors.map(full, path);
        }
        checkedReaders = true;
      } catch (LmdbNativeException.PanicException e) {
        if (startedAgain) {
          throw LmdbErrors.map(e, path);
        }
        startedAgain = true;
        startAgain(used);
      } catch (LmdbException e) {
        throw LmdbErrors.map(e, path);
      }
    }
  }

  private <T> T once(Work<T> work, boolean writing) {
    mapLock.readLock().lock();
    try {
      if (closed) {
        throw new IllegalStateException("store is closed: " + path);
      }
      try (Txn<ByteBuffer> txn = writing ? env.txnWrite() : env.txnRead()) {
        T result = work.run(txn);
        if (writing) {
          txn.commit();
        }
        return result;
      }
    } finally {
      mapLock.readLock().unlock();
    }
  }

  /** Under the lock: LMDB looks into the map to tell, and another thread may just be moving it. */
  private long mapBytes() {
    mapLock.readLock().lock();
    try {
      return env.info().mapSize;
    } finally {
      mapLock.readLock().unlock();
    }
  }

  private void grow(long fullBytes) {
    long bytes = fullBytes + Math.min(fullBytes, MAP_STEP_BYTES_MAX);
    if (bytes > MAP_BYTES_MAX) {
      throw new DiffKeeperException(ExitCode.NO_SPACE, "store at its largest size: " + path);
    }
    mapLock.writeLock().lock();
    try {
      if (env.info().mapSize == fullBytes) { // else another thread was here first
        env.setMapSize(bytes);
      }
    } catch (LmdbException e) {
      throw LmdbErrors.map(e, path);
    } finally {
      mapLock.writeLock().unlock();
    }
  }

  /** With 0 takes over the size that another process has set. */
  private void setMapSize(long bytes) {
    mapLock.writeLock().lock();
    try {
      env.setMapSize(bytes);
    } catch (LmdbException e) {
      throw LmdbErrors.map(e, path);
    } finally {
      mapLock.writeLock().unlock();
    }
  }

  /** Ends one use; the last one closes the environment. */
  @Override
  public void close() {
    Environments.release(this);
  }

  /** Closes it, whoever uses it. */
  void closeNow() {
    mapLock.writeLock().lock();
    try {
      closed = true;
      if (gate != null) {
        gate.close();
      }
      env.close();
    } finally {
      mapLock.writeLock().unlock();
    }
  }
}
