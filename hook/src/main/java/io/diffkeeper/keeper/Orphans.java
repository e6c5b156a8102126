package io.diffkeeper.keeper;

import io.diffkeeper.oci.ProcessTable;
import io.diffkeeper.sys.Kernel;
import java.util.Optional;

/**
 * Waits for processes that lost their parents and became this one's children, as happens to the
 * first process of a container: nobody else can, and they would stay as zombies.
 */
final class Orphans implements AutoCloseable {
  private static final long PERIOD_MILLIS = 500;
  private static final long FIRST_PROCESS = 1;
  private static final Optional<String> ENDED = Optional.of("Z");

  private final Kernel kernel;
  private final long self = ProcessHandle.current().pid();
  private final long own;
  private final Thread thread = new Thread(this::watch, "orphans");

  /**
   * Orphans of this process, looked after until this is closed if it is the first process of its
   * namespace; else they are not its own.
   *
   * @param own the one child that somebody else waits for
   */
  Orphans(Kernel kernel, long own) {
    this.kernel = kernel;
    this.own = own;
    thread.setDaemon(true);
    if (self == FIRST_PROCESS) {
      thread.start();
    }
  }

  private void watch() {
    try {
      while (true) {
        reap();
        Thread.sleep(PERIOD_MILLIS);
      }
    } catch (InterruptedException over) {
      Thread.currentThread().interrupt();
    }
  }

  /** Removes those that have ended. */
  private void reap() {
    for (long pid : ProcessTable.HOST.all()) {
      if (pid != own && isEnded(pid)) {
        kernel.wait4(pid);
      }
    }
  }

  /** Whether it is a zombie of ours. */
  private boolean isEnded(long pid) {
    return ProcessTable.HOST.state(pid).equals(ENDED) && ProcessTable.HOST.parent(pid) == self;
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
