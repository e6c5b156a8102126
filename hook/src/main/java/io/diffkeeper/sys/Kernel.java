package io.diffkeeper.sys;

import java.util.Arrays;

/**
 * System calls with Java types. Thread-safe: strings and structures pass through memory of the
 * calling thread.
 *
 * <p>Every method that can fail returns the kernel's result or the negated error number, so that
 * callers decide which errors are failures; {@link #check} turns the rest into exceptions.
 */
public final class Kernel extends FileCalls {
  public static final short POLLIN = 1;

  /** struct pidfd_info of linux/pidfd.h, whose last field is the exit status. */
  private static final int PIDFD_INFO_BYTES = 64;

  private static final long PIDFD_GET_INFO = 0xc000ff0bL | PIDFD_INFO_BYTES << 16;
  private static final long PIDFD_INFO_EXIT = 8;

  /** The running kernel. */
  public Kernel() {
    this(new LinuxSyscalls());
  }

  /** Another implementation of system calls, for tests. */
  public Kernel(Syscalls syscalls) {
    super(syscalls);
  }

  /** The real system calls, to wrap. */
  public static Syscalls linux() {
    return new LinuxSyscalls();
  }

  /**
   * Passes results on and turns negated error numbers into exceptions.
   *
   * @param subject the path that the call was about
   */
  public static long check(Call call, Object subject, long result) throws SyscallException {
    if (result < 0) {
      throw new SyscallException(call, subject.toString(), (int) -result);
    }
    return result;
  }

  /** close(2). */
  public void close(int fd) {
    call(Call.CLOSE, fd, 0, 0, 0, 0);
  }

  /** Processor time of this process so far, in nanoseconds (CLOCK_PROCESS_CPUTIME_ID). */
  public long processorNanos() {
    Scratch s = scratch.get();
    call(Call.CLOCK_GETTIME, 2, s.address + STRUCT, 0, 0, 0);
    return s.bytes.getLong(STRUCT) * 1_000_000_000 + s.bytes.getLong(STRUCT + 8);
  }

  /** madvise(2). */
  long madvise(long address, long bytes, int advice) {
    return call(Call.MADVISE, address, bytes, advice, 0, 0);
  }

  /** pidfd_open(2). */
  public long pidfdOpen(long pid) {
    return call(Call.PIDFD_OPEN, pid, 0, 0, 0, 0);
  }

  /**
   * How the process of a pidfd ended, from Linux 6.15 on: a status as wait(2) has it, or the error,
   * or ENODATA while it is no more than a zombie. The parent has to have waited for it, and the
   * descriptor to be older than that.
   */
  public long pidfdStatus(int pidfd) {
    Scratch s = scratch.get();
    s.bytes.putLong(STRUCT, PIDFD_INFO_EXIT);
    long result = call(Call.IOCTL, pidfd, PIDFD_GET_INFO, s.address + STRUCT, 0, 0);
    if (result < 0) {
      return result;
    }
    boolean told = (s.bytes.getLong(STRUCT) & PIDFD_INFO_EXIT) != 0;
    return told ? s.bytes.getInt(STRUCT + PIDFD_INFO_BYTES - Integer.BYTES) : -Errno.ENODATA;
  }

  /** kill(2). */
  public long kill(long pid, int signal) {
    return call(Call.KILL, pid, signal, 0, 0, 0);
  }

  /**
   * signalfd4(2): a descriptor that tells of signals, which have to be blocked in all threads.
   *
   * @param mask bit n - 1 for signal n
   */
  public long signalfd(long mask) {
    Scratch s = scratch.get();
    s.bytes.putLong(STRUCT, mask);
    return call(Call.SIGNALFD4, -1, s.address + STRUCT, Long.BYTES, O_CLOEXEC, 0);
  }

  /** wait4 for a child that has ended, WNOHANG: nothing happens if it has not. */
  public long wait4(long pid) {
    return call(Call.WAIT4, pid, 0, 1, 0, 0);
  }

  /**
   * Waits until one of the descriptors is readable or hung up.
   *
   * @param fds descriptors; negative ones are ignored
   * @param timeoutMillis how long to wait, 0 to return at once, negative for ever
   * @return for each descriptor whether it has something, all false after a time-out
   */
  public boolean[] poll(int[] fds, long timeoutMillis) {
    Scratch s = scratch.get();
    for (int i = 0; i < fds.length; i++) {
      s.bytes.putInt(Scratch.AREA + 8 * i, fds[i]);
      s.bytes.putInt(Scratch.AREA + 8 * i + 4, POLLIN);
    }
    s.bytes.putLong(STRUCT, Math.max(0, timeoutMillis) / 1000);
    s.bytes.putLong(STRUCT + 8, Math.max(0, timeoutMillis) % 1000 * 1_000_000);
    long time = timeoutMillis < 0 ? 0 : s.address + STRUCT;
    boolean[] ready = new boolean[fds.length];
    if (call(Call.PPOLL, s.address + Scratch.AREA, fds.length, time, 0, 8) > 0) {
      for (int i = 0; i < fds.length; i++) {
        ready[i] = s.bytes.getShort(Scratch.AREA + 8 * i + 6) != 0;
      }
    }
    return ready;
  }

  /** A Unix socket, type SOCK_STREAM (1) or SOCK_DGRAM (2), close-on-exec. */
  public long unixSocket(int type) {
    return call(Call.SOCKET, 1, type | O_CLOEXEC, 0, 0, 0);
  }

  private long withAddress(Call call, int socket, byte[] path) {
    Scratch s = scratch.get();
    if (path.length > 107) {
      return -Errno.ENAMETOOLONG;
    }
    s.bytes.putShort(STRUCT, (short) 1);
    s.bytes.put(STRUCT + 2, Arrays.copyOf(path, path.length + 1));
    return call(call, socket, s.address + STRUCT, 2 + path.length + 1, 0, 0);
  }

  /** bind(2) to a path of at most 107 bytes. */
  public long bind(int socket, byte[] path) {
    return withAddress(Call.BIND, socket, path);
  }

  /** connect(2) to a path of at most 107 bytes. */
  public long connect(int socket, byte[] path) {
    return withAddress(Call.CONNECT, socket, path);
  }

  /** listen(2). */
  public long listen(int socket, int backlog) {
    return call(Call.LISTEN, socket, backlog, 0, 0, 0);
  }

  /** accept4(2), close-on-exec. */
  public long accept(int socket) {
    return call(Call.ACCEPT4, socket, 0, 0, O_CLOEXEC, 0);
  }

  /** The uid of a connected socket's peer (SO_PEERCRED). */
  public long peerUid(int socket) {
    Scratch s = scratch.get();
    s.bytes.putInt(STRUCT, 12);
    long credentials = s.address + STRUCT + 8;
    long result = call(Call.GETSOCKOPT, socket, 1, 17, credentials, s.address + STRUCT);
    return result < 0 ? result : s.bytes.getInt(STRUCT + 12) & 0xffffffffL;
  }

  /** read(2) of at most 64 KiB; empty at the end, null with the error in {@code error[0]}. */
  public byte[] read(int fd, int most, long[] error) {
    Scratch s = scratch.get();
    long n = call(Call.READ, fd, s.address + Scratch.AREA, Math.min(most, 65536), 0, 0);
    error[0] = Math.min(n, 0);
    return n < 0 ? null : copy(s, (int) n);
  }

  /** write(2) of at most 64 KiB; returns the number of bytes taken. */
  public long write(int fd, byte[] bytes) {
    Scratch s = scratch.get();
    int length = Math.min(bytes.length, 65536);
    s.bytes.put(Scratch.AREA, bytes, 0, length);
    return call(Call.WRITE, fd, s.address + Scratch.AREA, length, 0, 0);
  }
}
