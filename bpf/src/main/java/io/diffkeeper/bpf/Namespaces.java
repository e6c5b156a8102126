package io.diffkeeper.bpf;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** The kernel's namespaces, known by the inode numbers of their /proc/PID/ns files. */
final class Namespaces {
  /** Numbers that the kernel fixes: {@code enum} in linux/proc_ns.h. */
  private static final Map<String, Long> INITIAL =
      Map.of("pid", 0xEFFFFFFCL, "cgroup", 0xEFFFFFFBL);

  private Namespaces() {}

  /** Whether this process is in the machine's first namespace of a kind, "pid" or "cgroup". */
  static boolean isInitial(String kind) {
    try {
      return inode(Path.of("/proc/self/ns", kind)) == INITIAL.get(kind);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The inode number of what a path leads to. */
  static long inode(Path path) throws IOException {
    return (Long) Files.getAttribute(path, "unix:ino");
  }
}
