package io.diffkeeper.sys;

/** The kernel, as one method: the seam at which tests record and break system calls. */
@FunctionalInterface
public interface Syscalls {
  /**
   * Makes one system call. Thread-safe.
   *
   * @return the call's result, or the negated error number
   */
  long call(Call call, long a1, long a2, long a3, long a4, long a5);
}
