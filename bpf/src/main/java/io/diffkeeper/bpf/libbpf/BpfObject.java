package io.diffkeeper.bpf.libbpf;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * A BPF object file in the kernel: opened, loaded, attached, closed, in this order.
 *
 * <p>Not for use by several threads at once. Every method but {@link #close} throws {@link
 * BpfException} if libbpf or the kernel refuses.
 */
public final class BpfObject implements AutoCloseable {
  /** Up to btf_custom_path of struct bpf_object_open_opts, as of libbpf 1.0. */
  private static final int OPTIONS_BYTES = 56;

  private static final int OPTIONS_BTF = 48;

  private final Native natives;
  private final long object;
  private final List<Long> links = new ArrayList<>();
  private boolean closed;

  private BpfObject(Native natives, long object) {
    this.natives = natives;
    this.object = object;
  }

  /**
   * Reads an object file.
   *
   * @param types a file that describes the kernel's types; null if the kernel describes itself
   */
  public static BpfObject open(Path file, Path types) {
    Native natives = Native.get();
    ByteBuffer options = Native.memory(OPTIONS_BYTES).putLong(0, OPTIONS_BYTES);
    try (Native.Text path = new Native.Text(file.toString());
        Native.Text btf = new Native.Text(String.valueOf(types))) {
      options.putLong(OPTIONS_BTF, types == null ? 0 : btf.address);
      long object = natives.pointer("bpf_object__open_file", path.address, Native.address(options));
      Reference.reachabilityFence(options);
      return new BpfObject(natives, object);
    }
  }

  /** Gives a map so many entries, a ring buffer so many bytes. Before the load. */
  public void resize(String map, int entries) {
    natives.check("bpf_map__set_max_entries", find(map), entries);
  }

  /** Has the kernel verify the programs and make the maps. */
  public void load() {
    natives.check("bpf_object__load", object);
  }

  /**
   * Attaches programs to what their sections name.
   *
   * @param wanted tells by a program's name whether to attach it
   */
  public void attach(Predicate<String> wanted) {
    long program = natives.call("bpf_object__next_program", object, 0);
    while (program != 0) {
      if (wanted.test(Native.text(natives.pointer("bpf_program__name", program)))) {
        links.add(natives.pointer("bpf_program__attach", program));
      }
      program = natives.call("bpf_object__next_program", object, program);
    }
  }

  /** Attaches the first of some programs that the object has and that can be attached, if any. */
  public void attachFirst(List<String> programs) {
    BpfException refused = null;
    for (String name : programs) {
      try (Native.Text text = new Native.Text(name)) {
        long program = natives.call("bpf_object__find_program_by_name", object, text.address);
        if (program != 0) {
          links.add(natives.pointer("bpf_program__attach", program));
          return;
        }
      } catch (BpfException e) {
        refused = e;
      }
    }
    if (refused != null) {
      throw refused;
    }
  }

  /** A map of the object, on its own: it outlives the object. After the load. */
  public BpfMap map(String name) {
    int fd = natives.check("bpf_map__fd", find(name));
    return new BpfMap(natives, natives.check("dup", fd));
  }

  /** A program of the object, on its own: it outlives the object. After the load. */
  public BpfProgram program(String name) {
    try (Native.Text text = new Native.Text(name)) {
      long program = natives.pointer("bpf_object__find_program_by_name", object, text.address);
      return new BpfProgram(
          natives, natives.check("dup", natives.check("bpf_program__fd", program)));
    }
  }

  /**
   * Takes the attachments out of the object, to which they belong no more: each stays while its
   * descriptor is open.
   */
  public List<BpfPin> attachments() {
    List<BpfPin> all = new ArrayList<>();
    for (long link : links) {
      all.add(new BpfPin(natives, natives.check("bpf_link__fd", link)));
      // Before 5.15 a probe is no object of its own, and to free the link would disable it.
      natives.call("bpf_link__disconnect", link);
    }
    return all;
  }

  /** Whether the object has a map of that name. */
  public boolean hasMap(String name) {
    try (Native.Text text = new Native.Text(name)) {
      return natives.call("bpf_object__find_map_by_name", object, text.address) != 0;
    }
  }

  private long find(String name) {
    if (closed) {
      throw new IllegalStateException("closed");
    }
    try (Native.Text text = new Native.Text(name)) {
      return natives.pointer("bpf_object__find_map_by_name", object, text.address);
    }
  }

  /** Detaches the programs that belong to it, and frees everything. Further calls do nothing. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      links.forEach(link -> natives.call("bpf_link__destroy", link));
      natives.call("bpf_object__close", object);
    }
  }
}
