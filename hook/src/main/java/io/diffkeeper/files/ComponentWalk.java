package io.diffkeeper.files;

import io.diffkeeper.sys.Errno;
import io.diffkeeper.sys.Kernel;
import io.diffkeeper.sys.Stat;
import io.diffkeeper.tree.Name;

/**
 * Resolves a relative path where the kernel has no openat2 (before 5.6): one component at a time,
 * each opened with O_NOFOLLOW, never "..", and never into another mount.
 */
final class ComponentWalk {
  private final Kernel kernel;

  ComponentWalk(Kernel kernel) {
    this.kernel = kernel;
  }

  /** The descriptor of {@code relative} beneath {@code dir}, or a negated error number. */
  long open(int dir, Name relative, int flags) {
    if (kernel.statx(dir) < 0) {
      return -Errno.EIO;
    }
    Stat top = kernel.stat();
    int at = dir;
    Name rest = relative;
    while (true) {
      int slash = rest.firstSlash();
      Name component = slash < 0 ? rest : rest.prefix(slash);
      boolean last = slash < 0;
      // A dot is a component of this layer's own: the directory itself.
      boolean valid = component.isComponent() || (last && component.equals(Name.of(".")));
      int step = last ? flags : Kernel.O_PATH | Kernel.O_DIRECTORY | Kernel.O_NOFOLLOW;
      long next = valid ? kernel.openat(at, component.toBytes(), step, 0) : -Errno.EINVAL;
      if (at != dir) {
        kernel.close(at);
      }
      next = next < 0 ? next : refuseOtherKind((int) next, top, flags, last);
      if (next < 0 || last) {
        return next;
      }
      at = (int) next;
      rest = rest.suffix(slash + 1);
    }
  }

  private long refuseOtherKind(int fd, Stat top, int flags, boolean last) {
    long error = kernel.statx(fd);
    if (error == 0) {
      Stat stat = kernel.stat();
      // Kernels before 5.8 have no mount ids (0 for both); there the device has to do.
      boolean crossed = stat.mountId() != top.mountId() || stat.device() != top.device();
      // Plain O_PATH | O_NOFOLLOW opens a symbolic link itself; only asked for at the end.
      error = crossed && isDirectory(stat) ? -Errno.EXDEV : 0;
    }
    if (error < 0) {
      kernel.close(fd);
      return error;
    }
    return fd;
  }

  private static boolean isDirectory(Stat stat) {
    return (stat.mode() & io.diffkeeper.tree.FileType.MASK)
        == io.diffkeeper.tree.FileType.DIRECTORY.bits();
  }
}
