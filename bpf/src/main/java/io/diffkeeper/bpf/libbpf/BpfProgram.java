package io.diffkeeper.bpf.libbpf;

import java.nio.file.Path;

/** A program in the kernel that is attached when somebody needs it. */
public final class BpfProgram extends BpfPin {
  BpfProgram(Native natives, int fd) {
    super(natives, fd);
  }

  /**
   * Opens the program that a path of a BPF file system leads to.
   *
   * @throws BpfException if there is nothing
   */
  public static BpfProgram open(Path path) {
    Native natives = Native.get();
    return new BpfProgram(natives, open(natives, path));
  }

  /**
   * Attaches it to the tracepoint that it was made for.
   *
   * @throws BpfException if the kernel refuses
   */
  public BpfLink attach() {
    return new BpfLink(natives, natives.check("bpf_raw_tracepoint_open", 0, fd()));
  }
}
