package io.diffkeeper.store;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Keeps apart what cannot be done at once, across processes, by locks on a file that die with their
 * process. A writer takes objects for granted that it found, so none may be removed while one is at
 * work. And who changes the store as a whole must have it alone: nobody else may have it open. For
 * all threads.
 */
final class WriterGate implements AutoCloseable {
  static final String FILE = "gc.lock";

  /** The bytes of the file that are locked: for writing, collecting, having it open, making it. */
  private static final int WRITERS = 0;

  private static final int COLLECTOR = 1;
  private static final int USERS = 2;
  private static final int MAKER = 3;

  private static final long ALONE_WAIT_NANOS = TimeUnit.SECONDS.toNanos(5);
  private static final long ALONE_POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final Path store;
  private final FileChannel channel;
  private FileLock lock;
  private FileLock collector;
  private FileLock user;
  private FileLock maker;
  private int writers;
  private boolean sweeping;

  WriterGate(Path store) {
    this.store = store;
    try {
      channel =
          FileChannel.open(
              store.resolve(FILE),
              Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    } catch (IOException e) {
      throw LmdbErrors.map(e, store);
    }
  }

  /** Whether a store was made in that directory: its data file cannot be a new one then. */
  static boolean isMade(Path store) throws IOException {
    Path file = store.resolve(FILE);
    return Files.exists(file) && Files.size(file) > 0;
  }

  /**
   * Begins to make the store, once nobody else does, until {@link #made}: what there is of it then
   * is what somebody left who was not told that it is made.
   *
   * @return false if it is made already
   */
  synchronized boolean beginMaking() {
    try {
      if (channel.size() == 0) {
        maker = channel.lock(MAKER, 1, false);
        if (channel.size() == 0) {
          return true;
        }
        endMaking();
      }
      return false;
    } catch (IOException e) {
      throw LmdbErrors.map(e, store);
    }
  }

  /** The store is made, and durable; from now on this is, too. */
  synchronized void made() {
    try {
      if (channel.size() == 0) {
        channel.write(ByteBuffer.wrap(new byte[] {'\n'}), 0);
        channel.force(true);
      }
      endMaking();
    } catch (IOException e) {
      throw LmdbErrors.map(e, store);
    }
  }

  private void endMaking() throws IOException {
    if (maker != null) {
      maker.release();
      maker = null;
    }
  }

  /**
   * Begins to have the store open, until this is closed.
   *
   * @throws DiffKeeperException BUSY if somebody has it alone
   */
  synchronized void use() {
    if (!tryUser(true)) {
      throw busy("is being repaired, or changed to a new format, by another process");
    }
  }

  /**
   * Begins to have the store alone; waits some seconds for others that have it open.
   *
   * @param what is done with it, as it is told to who tries in vain
   * @throws DiffKeeperException BUSY if others do not let go
   */
  synchronized void alone(String what) {
    releaseUser();
    long start = System.nanoTime();
    while (!tryUser(false)) {
      if (System.nanoTime() - start > ALONE_WAIT_NANOS) {
        throw busy("is in use, and cannot be " + what + " while any process has it open");
      }
      LockSupport.parkNanos(ALONE_POLL_NANOS);
    }
  }

  /** Others may have the store open again. */
  synchronized void share() {
    releaseUser();
    use();
  }

  private boolean tryUser(boolean shared) {
    try {
      user = channel.tryLock(USERS, 1, shared);
    } catch (IOException e) {
      throw LmdbErrors.map(e, store);
    }
    return user != null;
  }

  private void releaseUser() {
    try {
      if (user != null) {
        user.release();
        user = null;
      }
    } catch (IOException e) {
      throw LmdbErrors.map(e, store);
    }
  }

  private DiffKeeperException busy(String what) {
    return new DiffKeeperException(ExitCode.BUSY, "store " + store + " " + what);
  }

  /**
   * A writer begins; waits while objects are being removed, which takes a microsecond or two for
   * each there is.
   */
  synchronized void enter() {
    boolean interrupted = false;
    while (sweeping) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (writers == 0) {
      try {
        lock = channel.lock(WRITERS, 1, true);
      } catch (IOException e) {
        throw LmdbErrors.map(e, store);
      }
    }
    writers++;
  }

  /** A writer has ended. */
  synchronized void leave() {
    if (--writers == 0) {
      release();
    }
  }

  /** Whether there is no writer now, and none can begin until {@link #endSweep}. */
  synchronized boolean trySweep() {
    if (writers > 0 || sweeping) {
      return false;
    }
    try {
      lock = channel.tryLock(WRITERS, 1, false);
    } catch (IOException e) {
      throw LmdbErrors.map(e, store);
    }
    sweeping = lock != null;
    return sweeping;
  }

  synchronized void endSweep() {
    sweeping = false;
    release();
    notifyAll();
  }

  /** Whether no other collection is under way, and none can begin until {@link #endCollect}. */
  synchronized boolean tryCollect() {
    if (collector != null) {
      return false;
    }
    try {
      collector = channel.tryLock(COLLECTOR, 1, false);
    } catch (IOException e) {
      throw LmdbErrors.map(e, store);
    }
    return collector != null;
  }

  synchronized void endCollect() {
    try {
      collector.release();
    } catch (IOException e) {
      throw LmdbErrors.map(e, store);
    } finally {
      collector = null;
    }
  }

  private void release() {
    try {
      lock.release();
    } catch (IOException e) {
      throw LmdbErrors.map(e, store);
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw LmdbErrors.map(e, store);
    }
  }
}
