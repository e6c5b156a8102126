package io.diffkeeper.bpf.libbpf;

/**
 * A call that libbpf or the kernel refused.
 *
 * <p>The message is one line: the call, the error's text, and what libbpf or the kernel's verifier
 * said of it.
 */
public final class BpfException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String call;
  private final int errno;

  BpfException(String call, int errno, String detail, Throwable cause) {
    super(call + ": " + detail, cause);
    this.call = call;
    this.errno = errno;
  }

  /** The function that failed. */
  public String call() {
    return call;
  }

  /** The error's number; 0 if the failure has none. */
  public int errno() {
    return errno;
  }
}
