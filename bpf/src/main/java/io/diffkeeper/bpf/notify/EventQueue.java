package io.diffkeeper.bpf.notify;

import java.nio.ByteBuffer;

/**
 * The descriptor that either kind of events is read from, and the memory that they are read into.
 */
final class EventQueue implements AutoCloseable {
  private static final int BYTES = 64 * 1024;
  private static final int EAGAIN = 11;
  private static final int EINTR = 4;

  private final int fd;
  private final ByteBuffer memory = Calls.memory(BYTES);
  private final long address = Calls.address(memory);
  private boolean closed;

  EventQueue(int fd) {
    this.fd = fd;
  }

  int fd() {
    return fd;
  }

  /** The next events, as many as fit; null if none waits. Valid until the next call. */
  ByteBuffer next() {
    if (closed) {
      throw new IllegalStateException("closed");
    }
    long n;
    do {
      n = Calls.READ.call(fd, address, BYTES, 0, 0);
    } while (n == -EINTR);
    if (n == -EAGAIN || n == 0) {
      return null;
    }
    if (n < 0) {
      throw new NotifyException("read", n);
    }
    return memory.clear().limit((int) n);
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      Calls.CLOSE.call(fd, 0, 0, 0, 0);
    }
  }
}
