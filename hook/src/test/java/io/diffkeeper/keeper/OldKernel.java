package io.diffkeeper.keeper;

import io.diffkeeper.sys.Call;
import io.diffkeeper.sys.Errno;
import io.diffkeeper.sys.Kernel;
import io.diffkeeper.sys.Syscalls;

/** Kernels that a test can ask for. */
final class OldKernel {
  private OldKernel() {}

  /** One from before Linux 5.6: it has no openat2. */
  static Kernel withoutOpenat2() {
    return failing(Call.OPENAT2, Errno.ENOSYS);
  }

  /** One in which a system call always fails. */
  static Kernel failing(Call failing, int errno) {
    Syscalls linux = Kernel.linux();
    return new Kernel(
        (call, a1, a2, a3, a4, a5) ->
            call == failing ? -errno : linux.call(call, a1, a2, a3, a4, a5));
  }
}
