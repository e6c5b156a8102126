package io.diffkeeper.capture;

/** Stops a container's processes for the length of a read, so that nothing can change meanwhile. */
public interface Freezer {
  /**
   * Stops every process, or gives up after a bounded wait and lets them run.
   *
   * @return whether they all stand still; only then {@link #thaw} is due
   */
  boolean freeze();

  /** Lets the processes run again. */
  void thaw();

  /** For who does not ask for it: never freezes. */
  static Freezer none() {
    return new Freezer() {
      @Override
      public boolean freeze() {
        return false;
      }

      @Override
      public void thaw() {}
    };
  }
}
