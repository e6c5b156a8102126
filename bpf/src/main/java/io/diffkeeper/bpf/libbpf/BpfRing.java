package io.diffkeeper.bpf.libbpf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Consumer;
import jnr.ffi.Pointer;

/** The reading end of a BPF ring buffer. Not for use by several threads at once. */
public final class BpfRing {
  private final Native natives;
  private Pointer ring;
  private final byte[] bytes;
  private final ByteBuffer record;
  private final Consumer<ByteBuffer> reader;

  /** Held here, as libbpf calls it for as long as the ring is open. */
  private final Native.Sample sample = this::sample;

  private final int pollFd;
  private RuntimeException thrown;

  BpfRing(Native natives, int fd, int recordBytes, Consumer<ByteBuffer> reader) {
    this.natives = natives;
    this.bytes = new byte[recordBytes];
    this.record = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    this.reader = reader;
    this.ring =
        natives.check("ring_buffer__new", natives.libbpf.ring_buffer__new(fd, sample, null, null));
    this.pollFd = natives.libbpf.ring_buffer__epoll_fd(ring);
  }

  /** A descriptor that poll(2) finds readable while records wait. Closed with the object. */
  public int pollFd() {
    return pollFd;
  }

  /** Gives every record that waits to the reader; what the reader throws is thrown here. */
  public void consume() {
    if (ring == null) {
      throw new IllegalStateException("closed");
    }
    int result = natives.libbpf.ring_buffer__consume(ring);
    if (thrown != null) {
      RuntimeException again = thrown;
      thrown = null;
      throw again;
    }
    natives.check("ring_buffer__consume", result);
  }

  /** Runs below C frames, which an exception must not cross: it stops the consume instead. */
  private int sample(Pointer context, Pointer data, long size) {
    try {
      data.get(0, bytes, 0, bytes.length);
      reader.accept(record);
      return 0;
    } catch (RuntimeException e) {
      thrown = e;
      return -1;
    }
  }

  void free() {
    natives.libbpf.ring_buffer__free(ring);
    ring = null;
  }
}
