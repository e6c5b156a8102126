package io.diffkeeper.files;

import io.diffkeeper.sys.Kernel;
import java.util.Arrays;

/** The SELinux label of a container's files. */
public final class Label {
  private static final byte[] SELINUXFS = Inode.ascii("/sys/fs/selinux");
  private static final long SELINUX_MAGIC = 0xf97cff8cL;

  private Label() {}

  /**
   * What new files are to be labelled with.
   *
   * @param mountLabel as config.json has it
   * @return the attribute's value, with its final NUL; null if this kernel has no SELinux
   */
  public static byte[] of(Kernel kernel, String mountLabel) {
    long fd = kernel.openat(Kernel.AT_FDCWD, SELINUXFS, Kernel.O_PATH, 0);
    if (fd < 0) {
      return null;
    }
    long type = kernel.fileSystemType((int) fd);
    kernel.close((int) fd);
    byte[] label = Inode.ascii(mountLabel);
    return type == SELINUX_MAGIC ? Arrays.copyOf(label, label.length + 1) : null;
  }
}
