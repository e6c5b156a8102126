package io.diffkeeper.cli;

import java.util.concurrent.locks.LockSupport;

/**
 * What is done should this process be ended in the middle of some work, by Ctrl-C for one, until
 * that is over.
 */
final class Undo {
  private final Thread hook;

  private Undo(Thread hook) {
    this.hook = hook;
  }

  /**
   * Has it done if the process ends by then.
   *
   * @param undo called on another thread, while the work may still go on
   */
  static Undo ifEnded(Runnable undo) {
    Thread hook = new Thread(undo, "undo");
    try {
      Runtime.getRuntime().addShutdownHook(hook);
    } catch (IllegalStateException ending) {
      awaitEnd();
    }
    return new Undo(hook);
  }

  /** Does nothing more in a process that is being ended. */
  static void awaitEnd() {
    while (true) {
      LockSupport.park();
    }
  }

  /** Tells that the work is over. */
  void needless() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException ending) {
      // Then it is done, which harms nothing.
    }
  }
}
