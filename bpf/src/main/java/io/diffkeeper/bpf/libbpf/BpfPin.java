package io.diffkeeper.bpf.libbpf;

import java.nio.file.Path;

/**
 * Something of BPF that the kernel keeps while a descriptor of it is open, or a path leads to it.
 */
public class BpfPin implements AutoCloseable {
  final Native natives;
  private final int fd;
  private boolean closed;

  BpfPin(Native natives, int fd) {
    this.natives = natives;
    this.fd = fd;
  }

  /**
   * Opens what a path of a BPF file system leads to.
   *
   * @throws BpfException if there is nothing
   */
  public static BpfPin open(Path path) {
    Native natives = Native.get();
    return new BpfPin(natives, open(natives, path));
  }

  static int open(Native natives, Path path) {
    try (Native.Text text = new Native.Text(path.toString())) {
      return natives.check("bpf_obj_get", text.address);
    }
  }

  final int fd() {
    if (closed) {
      throw new IllegalStateException("closed");
    }
    return fd;
  }

  /** Makes a path lead to it, which stays when this process has ended. */
  public final void pin(Path path) {
    try (Native.Text text = new Native.Text(path.toString())) {
      natives.check("bpf_obj_pin", fd(), text.address);
    }
  }

  /** Further calls do nothing. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      natives.call("close", fd);
    }
  }
}
