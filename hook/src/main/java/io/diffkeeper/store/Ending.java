package io.diffkeeper.store;

/**
 * How a container ended, as far as anybody could tell.
 *
 * @param exitCode as a shell tells it, 128 and the number for a signal; {@link #UNTOLD} if nobody
 *     told
 * @param outOfMemory whether the kernel killed any of its processes for want of memory
 */
public record Ending(int exitCode, boolean outOfMemory) {
  /** In place of an exit code. */
  public static final int UNTOLD = -1;

  /** Nothing is known, as of every version that is not a container's last. */
  public static final Ending UNKNOWN = new Ending(UNTOLD, false);

  /** What a record has room for. */
  private static final int EXIT_CODE_MAX = 0xffff;

  /** Checks the exit code's range. */
  public Ending {
    if (exitCode < UNTOLD || exitCode > EXIT_CODE_MAX) {
      throw new IllegalArgumentException("exit code " + exitCode);
    }
  }

  /** Whether anything is. */
  public boolean isKnown() {
    return hasExitCode() || outOfMemory;
  }

  /** Whether there is an exit code. */
  public boolean hasExitCode() {
    return exitCode != UNTOLD;
  }

  /** What is known when another one is told, too: its exit code if this has none. */
  public Ending and(Ending other) {
    return new Ending(hasExitCode() ? exitCode : other.exitCode, outOfMemory || other.outOfMemory);
  }
}
