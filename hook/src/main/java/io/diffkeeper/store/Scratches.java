package io.diffkeeper.store;

import java.util.ArrayDeque;
import java.util.Deque;

/** Scratch memory that is used again, as making it takes longer than most uses. For all threads. */
final class Scratches {
  private static final int KEPT_MAX = 2;

  private final Deque<Scratch> kept = new ArrayDeque<>();
  private boolean closed;

  /** What is done with a scratch. */
  @FunctionalInterface
  interface Work<T, X extends Exception> {
    T run(Scratch scratch) throws X;
  }

  /** A scratch for one thread, to be given back. */
  synchronized Scratch borrow() {
    Scratch first = kept.poll();
    return first == null ? new Scratch() : first;
  }

  /** Takes one back. */
  void release(Scratch scratch) {
    scratch.trim();
    synchronized (this) {
      if (!closed && kept.size() < KEPT_MAX) {
        kept.push(scratch);
        return;
      }
    }
    scratch.close();
  }

  /** Closes all that are not in use, and the others when they come back; false if it was done. */
  synchronized boolean close() {
    if (closed) {
      return false;
    }
    closed = true;
    kept.forEach(Scratch::close);
    kept.clear();
    return true;
  }
}
