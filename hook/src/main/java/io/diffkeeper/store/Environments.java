package io.diffkeeper.store;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * The environments that this process has open: LMDB's locks break if a process opens one twice, so
 * stores share it. For all threads.
 */
final class Environments {
  private static final Map<Path, Shared> OPEN = new HashMap<>();

  private Environments() {}

  private static final class Shared {
    final Environment environment;
    int users = 1;

    Shared(Environment environment) {
      this.environment = environment;
    }
  }

  /**
   * The environment in that directory, opened with that map size or as it is open already.
   *
   * @param format what the store is to be, or to become
   * @param existing whether to make none where there is none
   */
  static Environment acquire(Path dir, long mapBytes, StoreFormat format, boolean existing) {
    try {
      synchronized (OPEN) {
        Path real = dir.toRealPath();
        Shared open = OPEN.get(real);
        if (open != null) {
          open.users++;
          return open.environment;
        }
        if (StoreDirectory.isReadOnly(real)) { // nobody changes it, and there are no locks
          format.refuseNewer(DataFile.checkOpening(real), real);
          return added(new Environment(real, mapBytes, format, null));
        }
        // Nothing is made in a directory that turns out to be no store.
        boolean isNew = !Files.exists(real.resolve(WriterGate.FILE));
        if (isNew) {
          format.refuseNewer(DataFile.checkOpening(real), real);
        }
        return acquire(real, mapBytes, format, existing, !isNew);
      }
    } catch (IOException e) {
      throw LmdbErrors.map(e, dir);
    }
  }

  private static Environment acquire(
      Path real, long mapBytes, StoreFormat format, boolean existing, boolean check)
      throws IOException {
    WriterGate gate = new WriterGate(real);
    boolean opened = false;
    try {
      begin(real, gate, format, existing, check);
      Environment open = added(new Environment(real, mapBytes, format, gate));
      opened = true;
      return open;
    } finally {
      if (!opened) {
        gate.close();
      }
    }
  }

  private static void begin(
      Path real, WriterGate gate, StoreFormat format, boolean existing, boolean check)
      throws IOException {
    gate.use();
    if (gate.beginMaking()) {
      if (existing && DataFile.isUnmade(real)) {
        throw StoreDirectory.none(real);
      }
      // Its name is durable before there is data: so what is not made can be told from a store.
      StoreDirectory.sync(real);
      DataFile.discardUnmade(real);
      StoreDirectory.discardUnlinked(real);
    } else if (check) {
      format.refuseNewer(DataFile.checkOpening(real), real);
    }
    StoreDirectory.createLock(real);
  }

  private static Environment added(Environment open) {
    OPEN.put(open.path(), new Shared(open));
    return open;
  }

  /** What is done with a store that nobody else has open. */
  interface AloneWork<T> {
    T run(Path store, WriterGate gate) throws IOException;
  }

  /**
   * Runs work while no process has the store open.
   *
   * @param what is done with it, as it is told to who tries in vain
   * @throws DiffKeeperException BUSY if one has
   */
  static <T> T alone(Path dir, String what, AloneWork<T> work) {
    try {
      synchronized (OPEN) {
        Path real = dir.toRealPath();
        if (OPEN.containsKey(real)) { // whose locks would go if we closed the file
          throw new DiffKeeperException(ExitCode.BUSY, "store " + dir + " is open");
        }
        boolean isOthers = !Files.exists(real.resolve(WriterGate.FILE));
        try (WriterGate gate = new WriterGate(real)) {
          gate.alone(what);
          if (isOthers) {
            gate.made(); // a copy, say: damage to it is no store that was being made
          }
          return work.run(real, gate);
        }
      }
    } catch (IOException e) {
      throw LmdbErrors.map(e, dir);
    }
  }

  /** Opens the store that the caller has alone; the environment closes the gate. */
  static Environment within(Path real, WriterGate gate) throws IOException {
    StoreDirectory.discardUnlinked(real);
    StoreDirectory.createLock(real);
    return added(new Environment(real, Environment.MAP_BYTES, StoreFormat.CURRENT, gate));
  }

  /** Ends one use; the last one closes the environment. */
  static void release(Environment environment) {
    synchronized (OPEN) {
      if (--OPEN.get(environment.path()).users == 0) {
        OPEN.remove(environment.path());
        environment.closeNow();
      }
    }
  }
}
