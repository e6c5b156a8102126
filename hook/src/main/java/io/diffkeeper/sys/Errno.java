package io.diffkeeper.sys;

/** Error numbers of Linux that the code decides on, see errno(3). */
public final class Errno {
  public static final int EPERM = 1;
  public static final int ENOENT = 2;
  public static final int ESRCH = 3;
  public static final int EINTR = 4;
  public static final int EIO = 5;
  public static final int EAGAIN = 11;
  public static final int EACCES = 13;
  public static final int EBUSY = 16;
  public static final int EEXIST = 17;
  public static final int EXDEV = 18;
  public static final int ENOTDIR = 20;
  public static final int EISDIR = 21;
  public static final int EINVAL = 22;
  public static final int ENXIO = 6;
  public static final int ENOSPC = 28;
  public static final int EROFS = 30;
  public static final int EPIPE = 32;
  public static final int ERANGE = 34;
  public static final int ENAMETOOLONG = 36;
  public static final int ENOSYS = 38;
  public static final int ENOTEMPTY = 39;
  public static final int ELOOP = 40;
  public static final int ENODATA = 61;
  public static final int EOPNOTSUPP = 95;
  public static final int ESTALE = 116;
  public static final int EDQUOT = 122;

  private static final String[] TEXT = new String[134];

  static {
    TEXT[EPERM] = "operation not permitted";
    TEXT[ENOENT] = "no such file or directory";
    TEXT[ESRCH] = "no such process";
    TEXT[EIO] = "input/output error";
    TEXT[EACCES] = "permission denied";
    TEXT[EBUSY] = "device or resource busy";
    TEXT[EEXIST] = "file exists";
    TEXT[EXDEV] = "crosses a mount";
    TEXT[ENOTDIR] = "not a directory";
    TEXT[EISDIR] = "is a directory";
    TEXT[EINVAL] = "invalid argument";
    TEXT[ENOSPC] = "no space left on device";
    TEXT[EROFS] = "read-only file system";
    TEXT[ENAMETOOLONG] = "file name too long";
    TEXT[ENOTEMPTY] = "directory not empty";
    TEXT[ELOOP] = "symbolic link in the path";
    TEXT[EOPNOTSUPP] = "not supported";
    TEXT[EDQUOT] = "disk quota exceeded";
  }

  private Errno() {}

  /** A few lower-case words for people. */
  public static String text(int errno) {
    String text = errno > 0 && errno < TEXT.length ? TEXT[errno] : null;
    return text != null ? text : "error " + errno;
  }
}
