package io.diffkeeper.bpf.notify;

/** A call that the kernel refused. The message is one line. */
public final class NotifyException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  NotifyException(String call, long result) {
    super(call + ": error " + -result);
  }
}
