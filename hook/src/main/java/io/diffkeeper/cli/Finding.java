package io.diffkeeper.cli;

import java.util.Locale;

/**
 * What a look at the host found.
 *
 * @param check what was looked at
 * @param health how it is
 * @param detail what was found, in one line
 * @param advice what to do about it; empty if nothing has to be done
 */
record Finding(String check, Health health, String detail, String advice) {
  /** How something is. */
  enum Health {
    /** As it should be. */
    OK,
    /** DiffKeeper works, but not as well as it could. */
    DEGRADED,
    /** Something will fail. */
    BROKEN;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  static Finding ok(String check, String detail) {
    return new Finding(check, Health.OK, detail, "");
  }

  static Finding degraded(String check, String detail, String advice) {
    return new Finding(check, Health.DEGRADED, detail, advice);
  }

  static Finding broken(String check, String detail, String advice) {
    return new Finding(check, Health.BROKEN, detail, advice);
  }
}
