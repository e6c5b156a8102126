package io.diffkeeper.bpf.libbpf;

import jnr.ffi.LibraryLoader;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/** poll(2), as a caller of an event source uses it. */
public final class Poll {
  private static final C LIBC = LibraryLoader.create(C.class).load("c");
  private static final short POLLIN = 1;

  private Poll() {}

  /** Whether a descriptor is readable now or becomes so in time. */
  public static boolean readable(int fd, int timeoutMs) {
    Pointer pollfd = Memory.allocateDirect(Runtime.getRuntime(LIBC), 8, true);
    pollfd.putInt(0, fd);
    pollfd.putShort(4, POLLIN);
    return LIBC.poll(pollfd, 1, timeoutMs) == 1 && pollfd.getShort(6) == POLLIN;
  }

  /** libc. */
  public interface C {
    int poll(Pointer fds, long count, int timeoutMs);
  }
}
