package io.diffkeeper.files;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.sys.Call;
import io.diffkeeper.sys.Errno;
import io.diffkeeper.sys.Kernel;
import io.diffkeeper.sys.Stat;
import io.diffkeeper.sys.SyscallException;
import io.diffkeeper.tree.Name;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;

/**
 * The root of a container's tree, in two views: the container's own mounts, through /proc/PID/root,
 * which has its volumes and tmpfs; and the host's mount of the rootfs, which can be written even
 * where the container has it read-only. To be closed after use.
 */
public final class ContainerRoot implements AutoCloseable {
  private static final int STAY_INSIDE =
      Kernel.RESOLVE_BENEATH | Kernel.RESOLVE_NO_SYMLINKS | Kernel.RESOLVE_NO_MAGICLINKS;
  private static final int DIRECTORY = Kernel.O_RDONLY | Kernel.O_DIRECTORY | Kernel.O_NOFOLLOW;
  private static final long PROC_SUPER_MAGIC = 0x9fa0;

  /** File systems that show the kernel, not files: proc, sysfs, cgroup, debugfs, bpf and such. */
  private static final Set<Long> KERNEL_FILE_SYSTEMS =
      Set.of(
          PROC_SUPER_MAGIC,
          0x62656572L,
          0x27e0ebL,
          0x63677270L,
          0x64626720L,
          0x74726163L,
          0x73636673L,
          0xcafe4a11L,
          0x1cd1L,
          0x19800202L);

  private final Kernel kernel;
  private final int inside;
  private final int host;
  private final Deque<Made> made = new ArrayDeque<>();

  /** A directory that was made in one that had been as {@code before} says. */
  private record Made(Name parent, Name name, Stat before) {}

  private ContainerRoot(Kernel kernel, int inside, int host) {
    this.kernel = kernel;
    this.inside = inside;
    this.host = host;
  }

  /**
   * Opens the root of a container whose process has not left the host's root yet.
   *
   * @param pid the container's process, as the runtime told
   * @param rootfs absolute path of the rootfs on the host
   */
  public static ContainerRoot created(Kernel kernel, long pid, String rootfs)
      throws SyscallException {
    int root = processRoot(kernel, pid);
    try {
      // The path is the runtime's; the container's process may have pivoted already.
      byte[] below = Name.of(rootfs.substring(1)).toBytes();
      int resolve = Kernel.RESOLVE_IN_ROOT | Kernel.RESOLVE_NO_MAGICLINKS;
      long fd = kernel.openat2(root, below, Kernel.O_PATH | Kernel.O_DIRECTORY, 0, resolve);
      if (noOpenat2(fd)) {
        fd = descend(kernel, root, Name.of(withoutLinks(rootfs).substring(1)));
      }
      Kernel.check(Call.OPENAT2, rootfs, fd);
      return new ContainerRoot(kernel, (int) fd, openHost(kernel, rootfs));
    } finally {
      kernel.close(root);
    }
  }

  /**
   * Opens the root of a container that runs: its process is in its own root.
   *
   * @param pid the container's process
   * @param rootfs absolute path of the rootfs on the host
   */
  public static ContainerRoot running(Kernel kernel, long pid, String rootfs)
      throws SyscallException {
    return new ContainerRoot(kernel, processRoot(kernel, pid), openHost(kernel, rootfs));
  }

  private static int processRoot(Kernel kernel, long pid) throws SyscallException {
    requireProcfs(kernel);
    Name root = Name.of("/proc/" + pid + "/root");
    long fd = kernel.openat(Kernel.AT_FDCWD, root.toBytes(), Kernel.O_PATH, 0);
    return (int) Kernel.check(Call.OPENAT, root, fd);
  }

  /** Opens the root of a container that has ended: only the host's view is left. */
  public static ContainerRoot ended(Kernel kernel, String rootfs) throws SyscallException {
    int host = openHost(kernel, rootfs);
    Kernel.check(Call.OPENAT, rootfs, host);
    return new ContainerRoot(kernel, -1, host);
  }

  private static boolean noOpenat2(long result) {
    return result == -Errno.ENOSYS || result == -Errno.EPERM;
  }

  /** The path on this host: the links that an administrator made in it are to be trusted. */
  private static String withoutLinks(String rootfs) {
    try {
      return Path.of(rootfs).toRealPath().toString();
    } catch (IOException notHere) {
      return rootfs;
    }
  }

  /**
   * Opens a directory where there is no openat2: component by component, and no link followed. An
   * absolute one would lead out of the container's root.
   */
  private static long descend(Kernel kernel, int from, Name relative) {
    int at = from;
    Name rest = relative;
    while (true) {
      int slash = rest.firstSlash();
      Name component = slash < 0 ? rest : rest.prefix(slash);
      long next =
          component.isComponent()
              ? kernel.openat(at, component.toBytes(), DIRECTORY, 0)
              : -Errno.EINVAL;
      if (at != from) {
        kernel.close(at);
      }
      if (next < 0 || slash < 0) {
        return next;
      }
      at = (int) next;
      rest = rest.suffix(slash + 1);
    }
  }

  private static int openHost(Kernel kernel, String rootfs) {
    byte[] path = Name.of(rootfs).toBytes();
    return (int) kernel.openat(Kernel.AT_FDCWD, path, Kernel.O_PATH | Kernel.O_DIRECTORY, 0);
  }

  private static void requireProcfs(Kernel kernel) throws SyscallException {
    Name proc = Name.of("/proc");
    long fd = kernel.openat(Kernel.AT_FDCWD, proc.toBytes(), Kernel.O_PATH, 0);
    Kernel.check(Call.OPENAT, proc, fd);
    long type = kernel.fileSystemType((int) fd);
    kernel.close((int) fd);
    if (type != PROC_SUPER_MAGIC) {
      throw new SyscallException(Call.FSTATFS, "/proc is no procfs", Errno.EINVAL);
    }
  }

  /**
   * Opens a kept directory, and makes it and its parents where the image has none.
   *
   * @param path absolute, as the container sees it
   * @param owner host ids for directories that have to be made: the container's root
   * @param persistent see {@link StateDir}
   * @param fromImage see {@link StateDir}
   * @throws DiffKeeperException (BAD_INPUT) if a symbolic link or anything but a directory is in
   *     the way, or if it is a view of the kernel
   */
  public StateDir open(Name path, long[] owner, boolean persistent, boolean fromImage)
      throws SyscallException {
    Name relative = path.suffix(1);
    int view = inside >= 0 ? inside : host;
    int fd = walk(view, path, relative, owner);
    if (inside >= 0 && host >= 0) {
      fd = preferHost(fd, relative);
    }
    if (KERNEL_FILE_SYSTEMS.contains(kernel.fileSystemType(fd))) {
      kernel.close(fd);
      throw refused(path, "not a place for files");
    }
    return new StateDir(path, new Dir(kernel, fd, path), persistent, fromImage);
  }

  /** The host's view of the same directory where there is one: it can be written for certain. */
  private int preferHost(int fd, Name relative) throws SyscallException {
    long same = openDirectory(host, relative);
    if (same < 0) {
      return fd;
    }
    if (statOf(fd).inode() == statOf((int) same).inode()
        && statOf(fd).device() == statOf((int) same).device()) {
      kernel.close(fd);
      return (int) same;
    }
    kernel.close((int) same);
    return fd;
  }

  private Stat statOf(int fd) throws SyscallException {
    Kernel.check(Call.STATX, "state-dir", kernel.statx(fd));
    return kernel.stat();
  }

  private long openDirectory(int at, Name relative) {
    long fd = kernel.openat2(at, relative.toBytes(), DIRECTORY, 0, STAY_INSIDE);
    return noOpenat2(fd) ? descend(kernel, at, relative) : fd;
  }

  private int walk(int from, Name path, Name relative, long[] owner) throws SyscallException {
    int at = from;
    Name rest = relative;
    while (true) {
      int slash = rest.firstSlash();
      Name component = slash < 0 ? rest : rest.prefix(slash);
      Name parent = relative.prefix(Math.max(0, relative.length() - rest.length() - 1));
      long next =
          component.isComponent() ? openOrMake(at, parent, component, owner) : -Errno.EINVAL;
      if (at != from) {
        kernel.close(at);
      }
      if (next == -Errno.ELOOP || next == -Errno.ENOTDIR || next == -Errno.EINVAL) {
        throw refused(path, "'" + component + "' is a symbolic link or no directory");
      }
      at = (int) Kernel.check(Call.OPENAT2, path, next);
      if (slash < 0) {
        return at;
      }
      rest = rest.suffix(slash + 1);
    }
  }

  private long openOrMake(int at, Name parent, Name component, long[] owner)
      throws SyscallException {
    long fd = openDirectory(at, component);
    if (fd != -Errno.ENOENT || owner == null) {
      return fd;
    }
    Stat before = statOf(at);
    long result = kernel.mkdirat(at, component.toBytes(), 0755);
    if (result < 0 && result != -Errno.EEXIST) {
      return result;
    }
    fd = openDirectory(at, component);
    if (fd >= 0 && result == 0) {
      made.push(new Made(parent, component, before));
      kernel.fchmod((int) fd, 0755);
      kernel.chown((int) fd, owner[0], owner[1]);
    }
    return fd;
  }

  /** Removes the directories that had to be made, as far as they are empty: nothing happened. */
  public void removeMade() {
    int view = inside >= 0 ? inside : host;
    while (!made.isEmpty()) {
      Made last = made.pop();
      // "." for the root itself: its descriptor may be one that only stands for the place.
      Name parent = last.parent().length() == 0 ? Name.of(".") : last.parent();
      long fd = kernel.openat2(view, parent.toBytes(), DIRECTORY, 0, STAY_INSIDE);
      if (noOpenat2(fd)) {
        fd =
            last.parent().length() == 0
                ? kernel.openat(view, parent.toBytes(), DIRECTORY, 0)
                : descend(kernel, view, parent);
      }
      if (fd >= 0) {
        if (kernel.unlinkat((int) fd, last.name().toBytes(), Kernel.AT_REMOVEDIR) == 0) {
          kernel.utimens((int) fd, last.before().mtimeSeconds(), last.before().mtimeNanos());
        }
        kernel.close((int) fd);
      }
    }
  }

  private static DiffKeeperException refused(Name path, String why) {
    return new DiffKeeperException(ExitCode.BAD_INPUT, "state-dir " + path + ": " + why);
  }

  /** Whether something is mounted at the rootfs, or at least something is in it. */
  public boolean isMounted(String rootfs) throws SyscallException {
    Stat parent = null;
    int above = openHost(kernel, rootfs + "/..");
    if (above >= 0) {
      parent = statOf(above);
      kernel.close(above);
    }
    if (parent == null || parent.device() != statOf(host).device()) {
      return true;
    }
    try (Dir dir = Dir.ofHost(kernel, Name.of(rootfs))) {
      return !dir.list().isEmpty();
    }
  }

  /** Whether the host still has this very rootfs mounted where it was. */
  public boolean stillMounted(String rootfs) throws SyscallException {
    int now = openHost(kernel, rootfs);
    if (now < 0 || host < 0) {
      return false;
    }
    try {
      Stat before = statOf(host);
      Stat after = statOf(now);
      return before.device() == after.device() && before.inode() == after.inode();
    } finally {
      kernel.close(now);
    }
  }

  @Override
  public void close() {
    if (inside >= 0) {
      kernel.close(inside);
    }
    if (host >= 0) {
      kernel.close(host);
    }
  }
}
