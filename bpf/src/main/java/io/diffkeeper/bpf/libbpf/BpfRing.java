package io.diffkeeper.bpf.libbpf;

import com.kenai.jffi.Closure;
import com.kenai.jffi.Type;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/** The reading end of a BPF ring buffer. Not for use by several threads at once. */
public final class BpfRing {
  private static final int PROT_READ = 1;
  private static final int MAP_SHARED = 1;
  private static final long MAP_FAILED = -1;
  private static final int EPOLL_CTL_ADD = 1;
  private static final int EPOLLIN = 1;
  private static final int EPOLL_EVENT_BYTES = 16;
  private static final long UNFINISHED_NANOS_MAX = TimeUnit.SECONDS.toNanos(1);
  private static final long LOOK_NANOS = 20_000;

  private final Native natives;
  private long ring;
  private final byte[] bytes;
  private final ByteBuffer record;
  private final Consumer<ByteBuffer> reader;

  /** Held here, as libbpf calls it for as long as the ring is open. */
  private final Closure.Handle sample =
      Native.closure(this::sample, Type.POINTER, Type.POINTER, Type.SINT64);

  private final int pollFd;

  /** Two pages that the kernel keeps: how far records were read, and how far they were reserved. */
  private final long positions;

  private final long pageBytes;
  private RuntimeException thrown;

  BpfRing(Native natives, int fd, int recordBytes, Consumer<ByteBuffer> reader) {
    this.natives = natives;
    this.bytes = new byte[recordBytes];
    this.record = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    this.reader = reader;
    this.ring = natives.pointer("ring_buffer__new", fd, sample.getAddress(), 0, 0);
    this.pollFd = natives.check("ring_buffer__epoll_fd", ring);
    this.pageBytes = natives.call("getpagesize");
    this.positions = natives.call("mmap", 0, 2 * pageBytes, PROT_READ, MAP_SHARED, fd, 0);
    if (positions == MAP_FAILED) {
      free();
      throw new BpfException("mmap", 0, "a ring's positions cannot be mapped", null);
    }
  }

  /** A descriptor that poll(2) finds readable while records wait. Closed with the object. */
  public int pollFd() {
    return pollFd;
  }

  /** Has {@link #pollFd} be readable, too, whenever another descriptor is, until that is closed. */
  public void alsoPoll(int fd) {
    // struct epoll_event: u32 events, and 8 bytes for whoever waits, which nobody reads here.
    ByteBuffer event = Native.memory(EPOLL_EVENT_BYTES);
    event.putInt(0, EPOLLIN);
    if (natives.call("epoll_ctl", pollFd, EPOLL_CTL_ADD, fd, Native.address(event)) < 0) {
      throw new BpfException("epoll_ctl", 0, "a descriptor cannot be waited for", null);
    }
  }

  /**
   * Gives every record that was begun before this call to the reader; what the reader throws is
   * thrown here.
   *
   * <p>A program whose processor was taken away has reserved a record and not submitted it. The
   * kernel keeps back those behind it, which may be of changes that are long over; so it is waited
   * for, a second at most.
   *
   * @return whether all were given
   */
  public boolean consume() {
    if (ring == 0) {
      throw new IllegalStateException("closed");
    }
    long begun = Native.number(positions + pageBytes);
    long since = System.nanoTime();
    consumeSubmitted();
    while (Native.number(positions) - begun < 0) {
      if (System.nanoTime() - since > UNFINISHED_NANOS_MAX) {
        return false;
      }
      LockSupport.parkNanos(LOOK_NANOS);
      consumeSubmitted();
    }
    return true;
  }

  private void consumeSubmitted() {
    int result = (int) natives.call("ring_buffer__consume", ring);
    if (thrown != null) {
      RuntimeException again = thrown;
      thrown = null;
      throw again;
    }
    natives.checked("ring_buffer__consume", result);
  }

  /** Runs below C frames, which an exception must not cross: it stops the consume instead. */
  private void sample(Closure.Buffer call) {
    try {
      Native.copy(call.getAddress(1), bytes);
      reader.accept(record);
      call.setIntReturn(0);
    } catch (RuntimeException e) {
      thrown = e;
      call.setIntReturn(-1);
    }
  }

  void free() {
    if (positions != MAP_FAILED) {
      natives.call("munmap", positions, 2 * pageBytes);
    }
    natives.call("ring_buffer__free", ring);
    ring = 0;
    sample.dispose();
  }
}
