package io.diffkeeper;

/** How far some work is: one thread does it, and another one may look at any time. */
public final class Meter {
  private volatile double total;
  private volatile double done;

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
    done = done + units;
  }

  /** How much of all is done, 0 to 1; negative if nobody knows. */
  public double share() {
    double all = total;
    return all <= 0 ? -1 : Math.min(1, done / all);
  }

  @Override
  public String toString() {
    return (long) done + " of " + (long) total;
  }
}
