package io.diffkeeper.bpf;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Whose changes are told: the processes of a cgroup and of those below it, or, if there is no such
 * cgroup, the processes in a mount namespace.
 *
 * <p>A mount namespace is the weaker of the two: a process that makes one of its own is no longer
 * seen.
 *
 * @param cgroupId id of a cgroup of the unified hierarchy, its directory's inode number; 0 for none
 * @param mountNamespace inode number of the namespace, used if there is no cgroup; 0 for none
 */
public record EventTarget(long cgroupId, long mountNamespace) {
  /** Nobody. */
  public static final EventTarget NONE = new EventTarget(0, 0);

  /**
   * Whether it is nobody. A record's equals puts its code together at run time: 7 ms of a start.
   */
  boolean isNone() {
    return cgroupId == 0 && mountNamespace == 0;
  }

  /**
   * The container that a process is in.
   *
   * <p>Its cgroup is used if it has one of its own in the unified hierarchy and this process sees
   * the whole hierarchy.
   *
   * @param pid a process, as this process numbers it
   * @throws UncheckedIOException if the process has gone or /proc cannot be read
   */
  public static EventTarget of(long pid) {
    Path process = Path.of("/proc", Long.toString(pid));
    try {
      long mountNamespace = Namespaces.inode(process.resolve("ns/mnt"));
      if (Namespaces.isInitial("cgroup")) {
        Cgroup cgroup = Cgroup.of(pid, Cgroup.UNIFIED);
        if (cgroup != null
            && cgroup.level() <= EventLayout.LEVEL_MAX
            && Files.isDirectory(cgroup.directory())) {
          return new EventTarget(Namespaces.inode(cgroup.directory()), mountNamespace);
        }
      }
      return new EventTarget(0, mountNamespace);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
