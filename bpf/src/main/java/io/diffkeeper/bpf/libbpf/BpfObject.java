package io.diffkeeper.bpf.libbpf;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;

/**
 * A BPF object file in the kernel: opened, sized, loaded, attached, closed, in this order.
 *
 * <p>Not for use by several threads at once. Every method but {@link #close} throws {@link
 * BpfException} if libbpf or the kernel refuses.
 */
public final class BpfObject implements AutoCloseable {
  private final Native natives;
  private final Pointer object;
  private final List<Pointer> links = new ArrayList<>();
  private final List<BpfRing> rings = new ArrayList<>();

  /** For calls that take addresses: the one key that a section has, and a number's place. */
  private final Pointer first;

  private final Pointer number;
  private boolean closed;

  private BpfObject(Native natives, Pointer object) {
    this.natives = natives;
    this.object = object;
    this.first = Memory.allocateDirect(natives.runtime(), Integer.BYTES, true);
    this.number = Memory.allocateDirect(natives.runtime(), Long.BYTES, true);
  }

  /** Reads an object file. */
  public static BpfObject open(Path file) {
    Native natives = Native.get();
    Pointer object = natives.libbpf.bpf_object__open_file(file.toString(), null);
    return new BpfObject(natives, natives.check("bpf_object__open_file", object));
  }

  /** Sets a ring's size, a power of two and at least a page. Before the load. */
  public void ringBytes(String map, int bytes) {
    natives.check(
        "bpf_map__set_max_entries", natives.libbpf.bpf_map__set_max_entries(map(map), bytes));
  }

  /** Has the kernel verify the programs and make the maps. */
  public void load() {
    natives.check("bpf_object__load", natives.libbpf.bpf_object__load(object));
  }

  /** Attaches every program to what its section names. */
  public void attach() {
    Pointer program = natives.libbpf.bpf_object__next_program(object, null);
    while (program != null) {
      Pointer link = natives.libbpf.bpf_program__attach(program);
      links.add(natives.check("bpf_program__attach", link));
      program = natives.libbpf.bpf_object__next_program(object, program);
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
    int size = natives.libbpf.bpf_map__value_size(map(section));
    if (size != bytes.length) {
      String detail = section + " has " + size + " bytes, not " + bytes.length;
      throw new BpfException("bpf_map__value_size", 0, detail, null);
    }
    Pointer value = Memory.allocateDirect(natives.runtime(), size);
    value.put(0, bytes, 0, size);
    natives.check(
        "bpf_map_update_elem", natives.libbpf.bpf_map_update_elem(fd(section), first, value, 0));
  }

  /** Reads a data section that is one 64-bit number. After the load. */
  public long counter(String section) {
    natives.check(
        "bpf_map_lookup_elem", natives.libbpf.bpf_map_lookup_elem(fd(section), first, number));
    return number.getLong(0);
  }

  private int fd(String map) {
    return natives.check("bpf_map__fd", natives.libbpf.bpf_map__fd(map(map)));
  }

  private Pointer map(String name) {
    if (closed) {
      throw new IllegalStateException("closed");
    }
    Pointer map = natives.libbpf.bpf_object__find_map_by_name(object, name);
    return natives.check("bpf_object__find_map_by_name", map);
  }

  /** Detaches the programs and frees everything. Further calls do nothing. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      links.forEach(natives.libbpf::bpf_link__destroy);
      rings.forEach(BpfRing::free);
      natives.libbpf.bpf_object__close(object);
    }
  }
}
