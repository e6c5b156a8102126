package io.diffkeeper.delta;

/** The default code table of RFC 3284, section 5.6: what each instruction byte stands for. */
final class CodeTable {
  static final int NOOP = 0;
  static final int ADD = 1;
  static final int RUN = 2;
  static final int COPY_TYPE = 3;

  /** The instruction for a copy whose size follows, its address as it is. */
  static final int COPY = 19;

  private static final int CODES = 256;
  private static final int MODES = 9;
  private static final int COPY_MIN = 4;

  /** Type, size (0: it follows) and mode of each code's two instructions. */
  static final byte[][] ENTRIES = new byte[CODES][];

  private CodeTable() {}

  static {
    int code = 0;
    ENTRIES[code++] = entry(RUN, 0, 0, NOOP, 0, 0);
    for (int size = 0; size <= 17; size++) {
      ENTRIES[code++] = entry(ADD, size, 0, NOOP, 0, 0);
    }
    for (int mode = 0; mode < MODES; mode++) {
      ENTRIES[code++] = entry(COPY_TYPE, 0, mode, NOOP, 0, 0);
      for (int size = COPY_MIN; size <= 18; size++) {
        ENTRIES[code++] = entry(COPY_TYPE, size, mode, NOOP, 0, 0);
      }
    }
    for (int mode = 0; mode < MODES; mode++) {
      int copyMax = mode < 6 ? 6 : COPY_MIN;
      for (int add = 1; add <= 4; add++) {
        for (int copy = COPY_MIN; copy <= copyMax; copy++) {
          ENTRIES[code++] = entry(ADD, add, 0, COPY_TYPE, copy, mode);
        }
      }
    }
    for (int mode = 0; mode < MODES; mode++) {
      ENTRIES[code++] = entry(COPY_TYPE, COPY_MIN, mode, ADD, 1, 0);
    }
  }

  private static byte[] entry(int... fields) {
    byte[] entry = new byte[fields.length];
    for (int i = 0; i < fields.length; i++) {
      entry[i] = (byte) fields[i];
    }
    return entry;
  }
}
