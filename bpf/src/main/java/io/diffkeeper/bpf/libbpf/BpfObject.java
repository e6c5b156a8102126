package io.diffkeeper.bpf.libbpf;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * A BPF object file in the kernel: opened, sized, loaded, attached, closed, in this order.
 *
 * <p>Not for use by several threads at once. Every method but {@link #close} throws {@link
 * BpfException} if libbpf or the kernel refuses.
 */
public final class BpfObject implements AutoCloseable {
  private final Native natives;
  private final long object;
  private final List<Long> links = new ArrayList<>();
  private final List<BpfRing> rings = new ArrayList<>();

  /** For calls that take addresses: the one key that a section has, and a number's place. */
  private final ByteBuffer first = memory(Integer.BYTES);

  private final ByteBuffer number = memory(Long.BYTES);
  private boolean closed;

  private BpfObject(Native natives, long object) {
    this.natives = natives;
    this.object = object;
  }

  private static ByteBuffer memory(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }

  /** Reads an object file. */
  public static BpfObject open(Path file) {
    Native natives = Native.get();
    try (Native.Text path = new Native.Text(file.toString())) {
      return new BpfObject(natives, natives.pointer("bpf_object__open_file", path.address, 0));
    }
  }

  /** Sets a ring's size, a power of two and at least a page. Before the load. */
  public void ringBytes(String map, int bytes) {
    natives.check("bpf_map__set_max_entries", map(map), bytes);
  }

  /** Has the kernel verify the programs and make the maps. */
  public void load() {
    natives.check("bpf_object__load", object);
  }

  /** Attaches every program to what its section names. */
  public void attach() {
    long program = natives.call("bpf_object__next_program", object, 0);
    while (program != 0) {
      links.add(natives.pointer("bpf_program__attach", program));
      program = natives.call("bpf_object__next_program", object, program);
    }
  }

  /**
   * A reader of a ring. It is closed with the object.
   *
   * @param recordBytes size of every record in it
   * @param reader takes a record, in the machine's byte order, valid during the call
   */
  public BpfRing ring(String map, int recordBytes, Consumer<ByteBuffer> reader) {
    BpfRing ring = new BpfRing(natives, fd(map), recordBytes, reader);
    rings.add(ring);
    return ring;
  }

  /** Writes a data section, which must be exactly this long. After the load. */
  public void write(String section, byte[] bytes) {
    int size = (int) natives.call("bpf_map__value_size", map(section));
    if (size != bytes.length) {
      String detail = section + " has " + size + " bytes, not " + bytes.length;
      throw new BpfException("bpf_map__value_size", 0, detail, null);
    }
    ByteBuffer value = memory(size).put(bytes);
    natives.check(
        "bpf_map_update_elem", fd(section), Native.address(first), Native.address(value), 0);
    Reference.reachabilityFence(value);
  }

  /** Reads a data section that is one 64-bit number. After the load. */
  public long counter(String section) {
    natives.check(
        "bpf_map_lookup_elem", fd(section), Native.address(first), Native.address(number));
    return number.getLong(0);
  }

  private int fd(String map) {
    return natives.check("bpf_map__fd", map(map));
  }

  private long map(String name) {
    if (closed) {
      throw new IllegalStateException("closed");
    }
    try (Native.Text text = new Native.Text(name)) {
      return natives.pointer("bpf_object__find_map_by_name", object, text.address);
    }
  }

  /** Detaches the programs and frees everything. Further calls do nothing. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      links.forEach(link -> natives.call("bpf_link__destroy", link));
      rings.forEach(BpfRing::free);
      natives.call("bpf_object__close", object);
    }
  }
}
