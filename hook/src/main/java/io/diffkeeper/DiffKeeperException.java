package io.diffkeeper;

/**
 * A failure that a user can be told of in one line.
 *
 * <p>The message is lower-case, without a full stop, and names the path or id that it is about; the
 * exit code says which kind of failure it is. Mains print the message and exit with the code.
 */
public final class DiffKeeperException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ExitCode exitCode;

  /** Creates a failure of kind {@code exitCode} with the one line that explains it. */
  public DiffKeeperException(ExitCode exitCode, String message) {
    this(exitCode, message, null);
  }

  /** Creates a failure with its cause, which goes to the debug log only. */
  public DiffKeeperException(ExitCode exitCode, String message, Throwable cause) {
    super(message, cause);
    this.exitCode = exitCode;
  }

  /** The kind of failure; never null. */
  public ExitCode exitCode() {
    return exitCode;
  }
}
