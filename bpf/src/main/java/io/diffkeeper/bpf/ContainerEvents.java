package io.diffkeeper.bpf;

import io.diffkeeper.bpf.libbpf.BpfException;
import io.diffkeeper.bpf.libbpf.BpfMap;
import io.diffkeeper.bpf.libbpf.BpfObject;
import io.diffkeeper.bpf.libbpf.BpfPin;
import io.diffkeeper.bpf.libbpf.BpfRing;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Tells of containers that start on this host, whatever runs them: of every new cgroup of version
 * 2, and of the first program in one, or in a process namespace. It owns programs in the kernel,
 * which go when it is closed, and is not for use by several threads at once.
 */
public final class ContainerEvents implements AutoCloseable {
  /** Room for 1900 events, of which a container causes two to five. */
  private static final int RING_BYTES = 1 << 20;

  private static final String OBJECT = "containers.bpf.o";
  private static final String EVENTS = "events";
  private static final String LOST = "lost";

  private final List<BpfPin> attachments;
  private final BpfMap events;
  private final BpfMap lost;
  private final BpfRing ring;
  private final boolean seesNumbers = Namespaces.isInitial("pid");
  private long lostBefore;
  private Sink sink;

  /** Takes what is told. */
  public interface Sink {
    /**
     * A cgroup was made.
     *
     * @param cgroup its id, which no other one of version 2 ever has
     * @param path from the root of its hierarchy; empty if it is too long to be told
     */
    void made(long cgroup, String path);

    /**
     * A program was started: the first one in a cgroup, or by a process namespace's first process.
     *
     * @param cgroup the process's cgroup of version 2
     * @param process its number; 0 if we do not see it
     */
    void started(long cgroup, long process);

    /** So many events were lost: whoever wants to know has to look. */
    void lost(long count);
  }

  private ContainerEvents(BpfObject loaded) {
    attachments = loaded.attachments();
    events = loaded.map(EVENTS);
    lost = loaded.map(LOST);
    ring = events.reader(EventLayout.CONTAINER_BYTES, this::tell);
  }

  /**
   * Has the kernel tell from now on.
   *
   * @throws BpfException if this machine does not allow it or lacks it
   */
  public static ContainerEvents open(BpfFiles files) {
    return open(files, RING_BYTES);
  }

  /**
   * The same.
   *
   * @param ringBytes size of the ring, a power of two and at least a page
   */
  static ContainerEvents open(BpfFiles files, int ringBytes) {
    try (BpfObject object = BpfObject.open(files.objects().resolve(OBJECT), files.types())) {
      object.resize(EVENTS, ringBytes);
      object.load();
      try (BpfMap count = object.map(LOST)) {
        count.put(0, 0);
      }
      object.attach(program -> true);
      return new ContainerEvents(object);
    }
  }

  /** A descriptor that poll(2) finds readable while events wait. */
  public int pollFd() {
    return ring.pollFd();
  }

  /** Tells the sink what has happened since the last call. */
  public void drain(Sink sink) {
    this.sink = sink;
    try {
      ring.consume();
    } finally {
      this.sink = null;
    }
    // After the ring, never before: a loss is counted only while the ring is full.
    long now = lost.get(0, Long.BYTES).getLong(0);
    if (now != lostBefore) {
      sink.lost(now - lostBefore);
      lostBefore = now;
    }
  }

  private void tell(ByteBuffer event) {
    long cgroup = event.getLong(EventLayout.CONTAINER_CGROUP);
    switch (event.getInt(EventLayout.CONTAINER_KIND)) {
      case EventLayout.CGROUP_MADE -> sink.made(cgroup, path(event));
      case EventLayout.PROGRAM_STARTED ->
          sink.started(cgroup, seesNumbers ? event.getInt(EventLayout.CONTAINER_PROCESS) : 0);
      default -> throw new IllegalStateException("an event of no kind");
    }
  }

  private static String path(ByteBuffer event) {
    int length = event.getInt(EventLayout.CONTAINER_LENGTH);
    if (length <= 0 || length >= EventLayout.CONTAINER_PATH_BYTES) {
      return ""; // as long as there is room: it may have been cut
    }
    byte[] bytes = new byte[length - 1];
    event.get(EventLayout.CONTAINER_PATH, bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    attachments.forEach(BpfPin::close);
    events.close();
    lost.close();
  }
}
