package io.diffkeeper.bpf;

import java.security.SecureRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The keys of the rings that all watchers of a host share. Each tells whose it is, so that a killed
 * watcher's can be removed; a negative one, from another process namespace, does not.
 *
 * <pre>
 * bits 63–32: start time of the process │ 31–22: which one of its │ 21–0: process id
 * </pre>
 */
final class RingNumber {
  private static final int PID_BITS = 22; // the kernel's PID_MAX_LIMIT
  private static final long PID_MASK = (1 << PID_BITS) - 1;
  private static final long COUNT_MASK = (1 << Integer.SIZE - PID_BITS) - 1;
  private static final AtomicLong COUNT = new AtomicLong();

  private RingNumber() {}

  /** A number that no other ring has. */
  static long next() {
    if (!Namespaces.isInitial("pid")) {
      return new SecureRandom().nextLong() | Long.MIN_VALUE;
    }
    long pid = ProcessHandle.current().pid();
    long count = COUNT.getAndIncrement() & COUNT_MASK;
    return started(pid) << Integer.SIZE | count << PID_BITS | pid;
  }

  /** A number that no process takes twice, and no two at once, by the clock and the process. */
  static long moment() {
    return System.nanoTime() << PID_BITS | ProcessHandle.current().pid() & PID_MASK;
  }

  /** Whether the ring's reader lives, as far as can be told from here. */
  static boolean isRead(long number) {
    return number < 0
        || !Namespaces.isInitial("pid")
        || started(number & PID_MASK) == number >>> Integer.SIZE;
  }

  private static long started(long pid) {
    return ProcessAge.started(pid) & Integer.MAX_VALUE;
  }
}
