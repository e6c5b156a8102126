package io.diffkeeper.delta;

/** A delta that cannot be applied: it is damaged, or made for another base. */
public final class DeltaException extends Exception {
  private static final long serialVersionUID = 1L;

  /**
   * A refusal.
   *
   * @param message what is wrong, one lower-case line
   */
  public DeltaException(String message) {
    super(message, null, false, false);
  }
}
