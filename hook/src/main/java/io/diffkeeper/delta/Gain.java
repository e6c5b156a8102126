package io.diffkeeper.delta;

/** How much compression gains, going by what was compressed last: not all need be to know that. */
final class Gain {
  /** So many in a row are told of without being compressed, at most. */
  private static final int UNMEASURED_MAX = 7;

  /** What becomes shorter than that part is well compressed. */
  private static final double WELL_PART = 0.4;

  private boolean little;
  private int unmeasured;

  /** Whether it is known to be little; else compression is to be tried. */
  boolean isLittle() {
    return little && unmeasured < UNMEASURED_MAX;
  }

  /** Tells of what was stored without an attempt to compress it. */
  void unmeasured() {
    unmeasured++;
  }

  /** Tells what compression made of some bytes. */
  void measured(int plain, int compressed) {
    little = compressed > WELL_PART * plain;
    unmeasured = 0;
  }
}
