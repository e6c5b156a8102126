package io.diffkeeper.bpf;

import io.diffkeeper.bpf.libbpf.BpfException;
import io.diffkeeper.bpf.libbpf.BpfLink;
import io.diffkeeper.bpf.libbpf.BpfMap;
import io.diffkeeper.bpf.libbpf.BpfRing;
import io.diffkeeper.bpf.notify.Fanotify;
import io.diffkeeper.bpf.notify.NotifyException;
import io.diffkeeper.bpf.notify.Watches;
import java.nio.ByteBuffer;

/** Events of programs in the kernel, by one of our BPF objects. */
final class ProgramSource implements EventSource {
  /**
   * Room for 21,845 events, with the kernel's 8 bytes in front of each: a second of ordinary use.
   */
  private static final int RING_BYTES = 1 << 20;

  private final ProgramSet set;
  private final BpfFiles files;
  private final BpfMap events;
  private final BpfRing ring;
  private final long ringNumber = RingNumber.next();
  private Programs programs;
  private EventTarget target = EventTarget.NONE;
  private DirtySink sink;
  private long lostBefore;
  private long looks;

  /** Whether what is attached on demand is wanted, and whether it could not be had. */
  private boolean wide;

  private boolean partial;

  /** What is held meanwhile; null if there is nothing. */
  private BpfLink held;

  /** Watches on directories that their times tell not enough of; null if there are none. */
  private Watches lists;

  private boolean closed;

  private ProgramSource(ProgramSet set, BpfFiles files, Programs programs, int ringBytes) {
    this.set = set;
    this.files = files;
    this.programs = programs;
    this.events = BpfMap.ring(ringBytes);
    this.ring = events.reader(EventLayout.EVENT_BYTES, this::tell);
    programs.addRing(ringNumber, events);
  }

  static ProgramSource open(ProgramSet set, BpfFiles files, EventTarget target) {
    return open(set, files, target, RING_BYTES);
  }

  /**
   * Finds or loads the programs, and from then on watches.
   *
   * @param ringBytes size of the ring, a power of two and at least a page
   * @throws BpfException if this machine does not allow it or lacks it
   */
  static ProgramSource open(ProgramSet set, BpfFiles files, EventTarget target, int ringBytes) {
    Programs programs = Programs.shared(files.object(set), files.types());
    try {
      ProgramSource source = new ProgramSource(set, files, programs, ringBytes);
      source.watch(target);
      return source;
    } catch (BpfException e) {
      programs.close();
      throw e;
    }
  }

  /**
   * Finds or loads the programs, and lets go of them again.
   *
   * @throws BpfException if this machine does not allow it or lacks it
   */
  static void probe(ProgramSet set, BpfFiles files) {
    Programs programs = Programs.tried(files.object(set), files.types());
    try {
      new ProgramSource(set, files, programs, RING_BYTES).close();
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
    if (next.isNone()) {
      return;
    }
    long key = EventLayout.key(next);
    byte[] entry = EventLayout.target(ringNumber);
    if (!programs.add(key, entry)) {
      // Somebody else watches the same processes; programs of our own do it once more.
      programs.removeRing(ringNumber);
      release();
      programs.close();
      programs = Programs.own(files.object(set), files.types());
      programs.addRing(ringNumber, events);
      programs.add(key, entry);
      hold();
    }
    target = next;
    lostBefore = 0;
  }

  private void forget() {
    if (!target.isNone()) {
      programs.targets().remove(EventLayout.key(target));
      target = EventTarget.NONE;
    }
  }

  @Override
  public String name() {
    return set.sourceName();
  }

  @Override
  public int pollFd() {
    return ring.pollFd();
  }

  @Override
  public boolean isComplete() {
    return set.isComplete() && !partial;
  }

  @Override
  public boolean tellsUpper() {
    return set.isComplete();
  }

  @Override
  public boolean followList(int directory, long inode) {
    if (!set.isComplete()) {
      return true;
    }
    try {
      if (lists == null) {
        lists = Fanotify.openLists();
        ring.alsoPoll(lists.pollFd());
      }
      return lists.add(directory, inode);
    } catch (NotifyException | BpfException refused) {
      return false;
    }
  }

  @Override
  public boolean widen() {
    wide = true;
    hold();
    return !partial;
  }

  private void hold() {
    if (wide && held == null) {
      try {
        held = programs.attachAll();
        partial = false;
      } catch (BpfException refused) {
        partial = true;
      }
    }
  }

  @Override
  public void narrow() {
    wide = false;
    partial = false;
    release();
  }

  private void release() {
    if (held != null) {
      held.close();
      held = null;
    }
  }

  @Override
  public void drain(DirtySink sink) {
    this.sink = sink;
    try {
      programs.looked(ringNumber, ++looks);
      if (!ring.consume()) {
        sink.lost(1); // told later; until then nobody may take what is there for quiet
      }
    } finally {
      this.sink = null;
    }
    if (lists != null) {
      lists.read(new ListsTold(sink));
    }
    if (target.isNone()) {
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

  /** Names nobody: whoever links or removes an inode changes that, too, and its event says who. */
  private record ListsTold(DirtySink sink) implements Watches.Listener {
    @Override
    public void directory(long inode, int pid) {
      sink.dirty(inode, 0, null);
    }

    @Override
    public void entry(long inode, byte[] name, int pid) {
      directory(inode, pid);
    }

    @Override
    public void lost() {
      sink.lost(1);
    }
  }

  private void tell(ByteBuffer event) {
    EventLayout.tell(event, sink);
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      narrow();
      forget();
      if (lists != null) {
        lists.close();
      }
      programs.removeRing(ringNumber);
      programs.forgetTheDead();
      events.close();
      programs.close();
    }
  }
}
