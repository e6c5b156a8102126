package io.diffkeeper;

import java.util.function.DoubleSupplier;

/** How far some work is: one thread does it, and another one may look at any time. */
public final class Meter {
  private static final DoubleSupplier NOTHING = () -> 0;

  private volatile double total;
  private volatile double done;
  private volatile double part;
  private volatile DoubleSupplier inPart = NOTHING;

  /** Work that nobody watches. */
  public static Meter unwatched() {
    return new Meter();
  }

  /** Tells, once, how much there is to do, in any unit. */
  public void expect(double units) {
    total = units;
  }

  /** Tells that so much more is done. */
  public void done(double units) {
    inPart = NOTHING;
    done = done + units;
  }

  /**
   * Begins a part, which ends with {@link #done}.
   *
   * @param units how much it is
   * @param share how much of it is done, 0 to 1; called by whoever looks
   */
  public void begin(double units, DoubleSupplier share) {
    part = units;
    inPart = share;
  }

  /** How much of all is done, 0 to 1; negative if nobody knows. */
  public double share() {
    double all = total;
    double within = part * Math.min(1, inPart.getAsDouble());
    return all <= 0 ? -1 : Math.min(1, (done + within) / all);
  }
}
