package io.diffkeeper.sys;

import java.io.IOException;

/** A system call that failed: which, on what, and with which error number. */
public final class SyscallException extends IOException {
  private static final long serialVersionUID = 1L;

  private final int errno;

  /**
   * Creates the failure of a call.
   *
   * @param call the system call's name
   * @param subject the path or descriptor it was about
   * @param errno the positive error number
   */
  public SyscallException(Call call, String subject, int errno) {
    super(subject + ": " + Errno.text(errno) + " (" + call + ")");
    this.errno = errno;
  }

  /** The error number, see {@link Errno}. */
  public int errno() {
    return errno;
  }

  /** Whether the failure means that the file system or the quota is full. */
  public boolean noSpace() {
    return errno == Errno.ENOSPC || errno == Errno.EDQUOT;
  }
}
