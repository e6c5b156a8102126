package io.diffkeeper.keeper;

import java.util.concurrent.TimeUnit;

/**
 * Keeps capture within its share of the processor: time that is not used is saved up, a version
 * spends it, and what changes all the time leaves half of the savings to what does not. Not
 * thread-safe.
 */
final class Pace {
  private static final double CREDIT_NANOS_MAX = TimeUnit.SECONDS.toNanos(1);

  /** However busy: no change waits longer than this. */
  private static final long WAIT_NANOS_MAX = TimeUnit.SECONDS.toNanos(30);

  private final double share;
  private double creditNanos = CREDIT_NANOS_MAX;
  private long thenNanos;

  /**
   * A pace with all of its savings.
   *
   * @param share of one processor, 1 for all of it; 0 for no limit
   */
  Pace(double share, long nowNanos) {
    this.share = share;
    this.thenNanos = nowNanos;
  }

  /**
   * Whether a version may be made now.
   *
   * @param onlyHot whether all that is dirty changes all the time
   * @param waitedNanos since the first change that is in no version
   */
  boolean allows(boolean onlyHot, long waitedNanos, long nowNanos) {
    if (share == 0 || waitedNanos >= WAIT_NANOS_MAX) {
      return true;
    }
    save(nowNanos);
    return creditNanos >= (onlyHot ? CREDIT_NANOS_MAX / 2 : 0);
  }

  /** A version took so much processor time. */
  void spent(long processorNanos, long nowNanos) {
    save(nowNanos);
    creditNanos -= processorNanos;
  }

  private void save(long nowNanos) {
    double saved = (nowNanos - thenNanos) * share;
    creditNanos = Math.min(CREDIT_NANOS_MAX, creditNanos + saved);
    thenNanos = nowNanos;
  }
}
