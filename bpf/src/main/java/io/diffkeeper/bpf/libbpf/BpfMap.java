package io.diffkeeper.bpf.libbpf;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * A map of the kernel's, with 64-bit numbers as keys, or a ring buffer. Not for use by several
 * threads at once. Every method but {@link #close} throws {@link BpfException} if the kernel
 * refuses.
 */
public final class BpfMap extends BpfPin {
  private static final int RINGBUF = 27;
  private static final long NOEXIST = 1;
  private static final long LOOK_NANOS = 20_000;
  private static final int ENOENT = 2;
  private static final int EEXIST = 17;

  private final ByteBuffer key = Native.memory(Long.BYTES);
  private BpfRing reader;

  BpfMap(Native natives, int fd) {
    super(natives, fd);
  }

  /** Opens the map that a path of a BPF file system leads to. */
  public static BpfMap open(Path path) {
    Native natives = Native.get();
    return new BpfMap(natives, open(natives, path));
  }

  /**
   * Makes a ring buffer.
   *
   * @param bytes a power of two and at least a page
   */
  public static BpfMap ring(int bytes) {
    Native natives = Native.get();
    try (Native.Text name = new Native.Text("events")) {
      int fd = natives.check("bpf_map_create", RINGBUF, name.address, 0, 0, bytes, 0);
      return new BpfMap(natives, fd);
    }
  }

  /**
   * The reader of a ring buffer. It is closed with the map.
   *
   * @param recordBytes size of every record in it
   * @param to takes a record, in the machine's byte order, valid during the call
   */
  public BpfRing reader(int recordBytes, Consumer<ByteBuffer> to) {
    reader = new BpfRing(natives, fd(), recordBytes, to);
    return reader;
  }

  /**
   * Adds an entry.
   *
   * @return false if the key has one
   */
  public boolean add(long at, byte[] value) {
    key.putLong(0, at);
    return put(fd(), key, Native.memory(value.length).put(value), NOEXIST);
  }

  /** Sets an entry of a map of numbers. */
  public void put(long at, long value) {
    key.putLong(0, at);
    put(fd(), key, Native.memory(Long.BYTES).putLong(0, value), 0);
  }

  /**
   * Adds an entry to a map of maps. Returns when every program that starts from now on finds it.
   *
   * <p>That is at once. The system call itself returns a grace period later, tens of ms, when no
   * program runs that has not seen the change (maybe_wait_bpf_programs in the kernel's
   * bpf/syscall.c). This matters to who replaces or removes an entry, and may then free the map
   * that it led to; nothing led to a new one. So a thread of its own waits that out.
   *
   * @throws IllegalStateException if the key has an entry
   */
  public void add(long at, BpfMap inner) {
    if (get(at, Integer.BYTES) != null) {
      throw new IllegalStateException("entry " + at + " exists");
    }
    ByteBuffer value = Native.memory(Integer.BYTES).putInt(inner.fd());
    ByteBuffer own = Native.memory(Long.BYTES).putLong(0, at); // key is the calling thread's
    int map = fd();
    FutureTask<Boolean> call = new FutureTask<>(() -> put(map, own, value, NOEXIST));
    Thread waiting = new Thread(call, "grace period");
    waiting.setDaemon(true);
    waiting.start();
    while (!call.isDone() && get(at, Integer.BYTES) == null) {
      LockSupport.parkNanos(LOOK_NANOS);
    }
    if (call.isDone()) {
      check(call);
    }
  }

  private static void check(FutureTask<Boolean> call) {
    try {
      call.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof BpfException refused) {
        throw refused;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  private boolean put(int map, ByteBuffer at, ByteBuffer value, long flags) {
    int result =
        (int)
            natives.call(
                "bpf_map_update_elem", map, Native.address(at), Native.address(value), flags);
    Reference.reachabilityFence(at);
    Reference.reachabilityFence(value);
    if (result == -EEXIST) {
      return false;
    }
    natives.checked("bpf_map_update_elem", result);
    return true;
  }

  /**
   * Reads an entry.
   *
   * @param bytes how long it is
   * @return null if there is none
   */
  public ByteBuffer get(long at, int bytes) {
    ByteBuffer value = Native.memory(bytes);
    key.putLong(0, at);
    int result =
        (int) natives.call("bpf_map_lookup_elem", fd(), Native.address(key), Native.address(value));
    if (result == -ENOENT) {
      return null;
    }
    natives.checked("bpf_map_lookup_elem", result);
    return value;
  }

  /** Removes an entry, if there is one. */
  public void remove(long at) {
    key.putLong(0, at);
    int result = (int) natives.call("bpf_map_delete_elem", fd(), Native.address(key));
    if (result != -ENOENT) {
      natives.checked("bpf_map_delete_elem", result);
    }
  }

  /** The keys of all entries. */
  public List<Long> keys() {
    List<Long> keys = new ArrayList<>();
    ByteBuffer next = Native.memory(Long.BYTES);
    long after = 0;
    while ((int) natives.call("bpf_map_get_next_key", fd(), after, Native.address(next)) == 0) {
      keys.add(next.getLong(0));
      key.putLong(0, next.getLong(0));
      after = Native.address(key);
    }
    return keys;
  }

  @Override
  public void close() {
    if (reader != null) {
      reader.free();
      reader = null;
    }
    super.close();
  }
}
