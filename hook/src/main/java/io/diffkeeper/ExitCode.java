package io.diffkeeper;

/** What every program of DiffKeeper exits with; the table in the man page says the same. */
public enum ExitCode {
  /** Everything asked for was done. */
  OK(0),
  /** A fault of our own. */
  INTERNAL(1),
  /** Wrong command line. */
  USAGE(2),
  /** No such state, version or path. */
  NOT_FOUND(3),
  /** State JSON, config.json, annotation or configuration is malformed or not allowed. */
  BAD_INPUT(10),
  /** Another keeper holds the state. */
  BUSY(11),
  /** The store is corrupt, or something in it does not verify. */
  CORRUPT(12),
  /** The replay failed; the container's tree is as the image has it. */
  REPLAY_FAILED(13),
  /** No event source could be attached. */
  ATTACH_FAILED(14),
  /** The disk is full. */
  NO_SPACE(15);

  private final int code;

  ExitCode(int code) {
    this.code = code;
  }

  /** The code of one of our processes that has ended; INTERNAL for what is none of these. */
  public static ExitCode of(int status) {
    for (ExitCode each : values()) {
      if (each.code == status) {
        return each;
      }
    }
    return INTERNAL;
  }

  /** The process exit status, 0 to 15. */
  public int code() {
    return code;
  }
}
