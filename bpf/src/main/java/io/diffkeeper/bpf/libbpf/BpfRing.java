package io.diffkeeper.bpf.libbpf;

import com.kenai.jffi.Closure;
import com.kenai.jffi.Type;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Consumer;

/** The reading end of a BPF ring buffer. Not for use by several threads at once. */
public final class BpfRing {
  private final Native natives;
  private long ring;
  private final byte[] bytes;
  private final ByteBuffer record;
  private final Consumer<ByteBuffer> reader;

  /** Held here, as libbpf calls it for as long as the ring is open. */
  private final Closure.Handle sample =
      Native.closure(this::sample, Type.POINTER, Type.POINTER, Type.SINT64);

  private final int pollFd;
  private RuntimeException thrown;

  BpfRing(Native natives, int fd, int recordBytes, Consumer<ByteBuffer> reader) {
    this.natives = natives;
    this.bytes = new byte[recordBytes];
    this.record = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    this.reader = reader;
    this.ring = natives.pointer("ring_buffer__new", fd, sample.getAddress(), 0, 0);
    this.pollFd = natives.check("ring_buffer__epoll_fd", ring);
  }

  /** A descriptor that poll(2) finds readable while records wait. Closed with the object. */
  public int pollFd() {
    return pollFd;
  }

  /** Gives every record that waits to the reader; what the reader throws is thrown here. */
  public void consume() {
    if (ring == 0) {
      throw new IllegalStateException("closed");
    }
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
    natives.call("ring_buffer__free", ring);
    ring = 0;
    sample.dispose();
  }
}
