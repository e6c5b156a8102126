package io.diffkeeper.delta;

/** Whether to take a sample: where they have found nothing for long, only some are. */
final class Luck {
  /** After so many in a row that found nothing fewer are taken. */
  private static final int UNLUCKY_MANY = 4;

  /** Then it is one of so many. */
  private static final int STEP = 8;

  private int unlucky;

  /** Whether to take the next sample. */
  boolean isTried() {
    boolean tried = unlucky < UNLUCKY_MANY || unlucky % STEP == 0;
    unlucky += tried ? 0 : 1;
    return tried;
  }

  /** Whether the last sample found something, or none was taken yet. */
  boolean isGood() {
    return unlucky == 0;
  }

  /** Tells of a sample that was taken; gives what it found. */
  boolean had(boolean found) {
    unlucky = found ? 0 : unlucky + 1;
    return found;
  }
}
