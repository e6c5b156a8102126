package io.diffkeeper.shim.ttrpc;

/** What a call fails with: one of gRPC's codes, and why. */
public final class RpcException extends Exception {
  /** The call was not understood. */
  public static final int INVALID_ARGUMENT = 3;

  /** There is no such service or method. */
  public static final int UNIMPLEMENTED = 12;

  /** The callee is at fault. */
  public static final int INTERNAL = 13;

  private static final long serialVersionUID = 1;

  private final int code;

  /** A failure; the message is one line. */
  public RpcException(int code, String message) {
    super(message);
    this.code = code;
  }

  /** gRPC's code. */
  public int code() {
    return code;
  }
}
