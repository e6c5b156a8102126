package io.diffkeeper.bpf;

import io.diffkeeper.bpf.libbpf.BpfException;
import io.diffkeeper.bpf.libbpf.BpfMap;
import io.diffkeeper.bpf.libbpf.BpfRing;
import java.nio.ByteBuffer;

/** Events of the kernel's change time tracepoints, by a BPF object of our own. */
final class TimestampSource implements EventSource {
  static final String NAME = "bpf-timestamps";

  private static final String OBJECT = "diffkeeper.bpf.o";

  /**
   * Room for 32,768 events, with the kernel's 8 bytes in front of each: a second of ordinary use.
   */
  private static final int RING_BYTES = 1 << 20;

  private final BpfFiles files;
  private final BpfMap events;
  private final BpfRing ring;
  private final long ringNumber = RingNumber.next();
  private Programs programs;
  private EventTarget target = EventTarget.NONE;
  private DirtySink sink;
  private long lostBefore;
  private boolean closed;

  private TimestampSource(BpfFiles files, Programs programs, int ringBytes) {
    this.files = files;
    this.programs = programs;
    this.events = BpfMap.ring(ringBytes);
    this.ring = events.reader(EventLayout.EVENT_BYTES, this::tell);
    programs.rings().put(ringNumber, events);
  }

  static TimestampSource open(BpfFiles files, EventTarget target) {
    return open(files, target, RING_BYTES);
  }

  /**
   * Finds or loads the programs, and from then on watches.
   *
   * @param ringBytes size of the ring, a power of two and at least a page
   * @throws BpfException if this machine does not allow it or lacks it
   */
  static TimestampSource open(BpfFiles files, EventTarget target, int ringBytes) {
    Programs programs = Programs.shared(files.objects().resolve(OBJECT), files.types());
    try {
      TimestampSource source = new TimestampSource(files, programs, ringBytes);
      source.watch(target);
      return source;
    } catch (BpfException e) {
      programs.close();
      throw e;
    }
  }

  @Override
  public void watch(EventTarget next) {
    if (closed) {
      throw new IllegalStateException("closed");
    }
    forget();
    if (next.equals(EventTarget.NONE)) {
      return;
    }
    long key = EventLayout.key(next);
    byte[] entry = EventLayout.target(ringNumber);
    if (!programs.targets().add(key, entry)) {
      // Somebody else watches the same processes; programs of our own do it once more.
      programs.rings().remove(ringNumber);
      programs.close();
      programs = Programs.own(files.objects().resolve(OBJECT), files.types());
      programs.rings().put(ringNumber, events);
      programs.targets().add(key, entry);
    }
    target = next;
    lostBefore = 0;
  }

  private void forget() {
    if (!target.equals(EventTarget.NONE)) {
      programs.targets().remove(EventLayout.key(target));
      target = EventTarget.NONE;
    }
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
    if (target.equals(EventTarget.NONE)) {
      return;
    }
    // After the ring, never before: the program counts a loss only while the ring is full.
    ByteBuffer entry = programs.targets().get(EventLayout.key(target), EventLayout.TARGET_BYTES);
    if (entry == null) {
      // Nobody should have removed it. What came since is lost; watch anew.
      EventTarget again = target;
      target = EventTarget.NONE;
      watch(again);
      sink.lost(1);
      return;
    }
    long lost = entry.getLong(EventLayout.TARGET_LOST);
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
    if (!closed) {
      closed = true;
      forget();
      programs.rings().remove(ringNumber);
      events.close();
      programs.close();
    }
  }
}
