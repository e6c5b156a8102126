package io.diffkeeper.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * Keeps the removal of objects apart from the writing of versions, across processes: a writer takes
 * objects for granted that it found, so none may go while one is at work. A lock on a file, shared
 * by writers, that dies with its process. For all threads.
 */
final class WriterGate implements AutoCloseable {
  static final String FILE = "gc.lock";

  /** The bytes of the file that are locked: for writing, and for collecting. */
  private static final int WRITERS = 0;

  private static final int COLLECTOR = 1;

  private final Path store;
  private final FileChannel channel;
  private FileLock lock;
  private FileLock collector;
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
