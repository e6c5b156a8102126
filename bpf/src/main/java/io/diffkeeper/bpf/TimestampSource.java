package io.diffkeeper.bpf;

import io.diffkeeper.bpf.libbpf.BpfException;
import io.diffkeeper.bpf.libbpf.BpfObject;
import io.diffkeeper.bpf.libbpf.BpfRing;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** Events of the kernel's change time tracepoints, by a BPF object of our own. */
final class TimestampSource implements EventSource {
  static final String NAME = "bpf-timestamps";

  private static final String OBJECT = "diffkeeper.bpf.o";

  /**
   * Room for 32,768 events, with the kernel's 8 bytes in front of each: a second of ordinary use.
   */
  private static final int RING_BYTES = 1 << 20;

  private final BpfObject object;
  private final BpfRing ring;
  private DirtySink sink;
  private long lostBefore;

  private TimestampSource(BpfObject object) {
    this.object = object;
    this.ring = object.ring("events", EventLayout.EVENT_BYTES, this::tell);
  }

  static TimestampSource open(Path objectDir, EventTarget target) {
    return open(objectDir, target, RING_BYTES);
  }

  /**
   * Loads, attaches, and from then on watches.
   *
   * @param ringBytes size of the ring, a power of two and at least a page
   * @throws BpfException if this machine does not allow it or lacks it
   */
  static TimestampSource open(Path objectDir, EventTarget target, int ringBytes) {
    BpfObject object = BpfObject.open(objectDir.resolve(OBJECT));
    try {
      object.ringBytes("events", ringBytes);
      object.load();
      TimestampSource source = new TimestampSource(object);
      source.watch(target);
      object.attach();
      return source;
    } catch (BpfException e) {
      object.close();
      throw e;
    }
  }

  /** In a process namespace the number may be another's in the kernel's eyes: then none. */
  private static long ownProcess() {
    return Namespaces.isInitial("pid") ? ProcessHandle.current().pid() : 0;
  }

  @Override
  public void watch(EventTarget target) {
    object.write(".data.settings", EventLayout.settings(target, ownProcess()));
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int pollFd() {
    return ring.pollFd();
  }

  @Override
  public boolean isComplete() {
    return true;
  }

  @Override
  public void drain(DirtySink sink) {
    this.sink = sink;
    try {
      ring.consume();
    } finally {
      this.sink = null;
    }
    // After the ring, never before: the program counts a loss only while the ring is full.
    long lost = object.counter(".data.lost");
    if (lost != lostBefore) {
      sink.lost(lost - lostBefore);
      lostBefore = lost;
    }
  }

  private void tell(ByteBuffer event) {
    EventLayout.tell(event, sink);
  }

  @Override
  public void close() {
    object.close();
  }
}
