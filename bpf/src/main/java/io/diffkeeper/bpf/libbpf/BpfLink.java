package io.diffkeeper.bpf.libbpf;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/** A program's attachment, which lasts as long as anybody has it open, or a path leads to it. */
public final class BpfLink extends BpfPin {
  /** The start of struct bpf_link_info: type, number, the program's number; then its kind's own. */
  private static final int INFO_BYTES = 32;

  private static final int INFO_NUMBER = 4;

  BpfLink(Native natives, int fd) {
    super(natives, fd);
  }

  /**
   * Opens the one that has a number.
   *
   * @return null if it is gone, or only who may do everything may look for it
   */
  public static BpfLink find(int number) {
    Native natives = Native.get();
    int fd = (int) natives.call("bpf_link_get_fd_by_id", number);
    return fd < 0 ? null : new BpfLink(natives, fd);
  }

  /** Its number on this host, which no later one gets. */
  public int number() {
    ByteBuffer info = Native.memory(INFO_BYTES);
    ByteBuffer length = Native.memory(Integer.BYTES).putInt(0, INFO_BYTES);
    long at = Native.address(info);
    natives.check("bpf_obj_get_info_by_fd", fd(), at, Native.address(length));
    Reference.reachabilityFence(length);
    return info.getInt(INFO_NUMBER);
  }
}
