package io.diffkeeper.system;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for what another process does, and not for ever. */
final class Await {
  private static final long DEADLINE_SECONDS = 120;
  private static final long LOOK_MILLIS = 20;

  private Await() {}

  /** Whether something comes true within the time there is. */
  static boolean holds(BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        return false;
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(LOOK_MILLIS));
    }
    return true;
  }

  /** Fails with what is there instead if something does not come true. */
  static void until(String what, BooleanSupplier condition, Supplier<?> instead) {
    if (!holds(condition)) {
      throw new AssertionError(
          "not within " + DEADLINE_SECONDS + " s: " + what + "\n" + instead.get());
    }
  }
}
