package io.diffkeeper.bpf.libbpf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The file system whose paths keep programs and maps in the kernel. */
public final class BpfFileSystem {
  private static final Path PLACE = Path.of("/sys/fs/bpf");

  private BpfFileSystem() {}

  /**
   * Loads libbpf.
   *
   * @throws BpfException if the machine has no libbpf 1.x
   */
  public static void load() {
    Native.get();
  }

  /**
   * Where it is mounted. Mounts it where every other program looks for it, too, if it is not there.
   *
   * @return null if that cannot be done here
   */
  public static Path mounted() {
    try {
      if (!isThere()) {
        mount();
      }
      return isThere() && Files.isWritable(PLACE) ? PLACE : null;
    } catch (IOException unreadable) {
      return null;
    }
  }

  private static void mount() {
    try (Native.Text type = new Native.Text("bpf");
        Native.Text place = new Native.Text(PLACE.toString())) {
      Native.get().call("mount", type.address, place.address, type.address, 0, 0);
    }
  }

  /** What was mounted there last counts; see proc(5). */
  private static boolean isThere() throws IOException {
    boolean there = false;
    for (String mount : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
      String[] fields = mount.split(" ");
      if (fields.length > 4 && fields[4].equals(PLACE.toString())) {
        there = mount.contains(" - bpf ");
      }
    }
    return there;
  }
}
