package io.diffkeeper.sys;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** System calls on files, directories and their attributes; for use through {@link Kernel}. */
abstract class FileCalls extends Calls {
  public static final int AT_FDCWD = -100;
  public static final int AT_SYMLINK_NOFOLLOW = 0x100;
  public static final int AT_REMOVEDIR = 0x200;
  public static final int AT_EMPTY_PATH = 0x1000;

  public static final int O_RDONLY = 0;
  public static final int O_WRONLY = 1;
  public static final int O_RDWR = 2;
  public static final int O_CREAT = 0100;
  public static final int O_EXCL = 0200;
  public static final int O_NOCTTY = 0400;
  public static final int O_NONBLOCK = 04000;
  public static final int O_CLOEXEC = 02000000;
  public static final int O_PATH = 010000000;
  // arm64 swaps these two with O_DIRECT and O_LARGEFILE.
  public static final int O_DIRECTORY = arm64() ? 040000 : 0200000;
  public static final int O_NOFOLLOW = arm64() ? 0100000 : 0400000;

  public static final int RESOLVE_NO_XDEV = 0x01;
  public static final int RESOLVE_NO_MAGICLINKS = 0x02;
  public static final int RESOLVE_NO_SYMLINKS = 0x04;
  public static final int RESOLVE_BENEATH = 0x08;
  public static final int RESOLVE_IN_ROOT = 0x10;

  public static final int SEEK_DATA = 3;
  public static final int SEEK_HOLE = 4;

  FileCalls(Syscalls syscalls) {
    super(syscalls);
  }

  private static boolean arm64() {
    return "aarch64".equals(System.getProperty("os.arch"));
  }

  /** openat2(2), always with O_CLOEXEC; struct open_how is 24 bytes. */
  public long openat2(int dir, byte[] path, int flags, int mode, int resolve) {
    Scratch s = scratch.get();
    s.bytes.putLong(STRUCT, Integer.toUnsignedLong(flags | O_CLOEXEC));
    s.bytes.putLong(STRUCT + 8, mode);
    s.bytes.putLong(STRUCT + 16, resolve);
    return withPath(Call.OPENAT2, dir, path, s.address + STRUCT, 24, 0);
  }

  /** openat(2), always with O_CLOEXEC. */
  public long openat(int dir, byte[] path, int flags, int mode) {
    return withPath(Call.OPENAT, dir, path, flags | O_CLOEXEC, mode, 0);
  }

  /** The answer of the last statx of this thread that returned 0. */
  public Stat stat() {
    return Stat.decode(
        scratch.get().bytes.slice(STRUCT, Stat.BYTES).order(ByteOrder.nativeOrder()));
  }

  /** statx(2) of a path, links not followed; {@link #stat} has the answer. */
  public long statx(int dir, byte[] path) {
    return statx(dir, path, AT_SYMLINK_NOFOLLOW);
  }

  /** statx(2) of a descriptor, O_PATH ones too; {@link #stat} has the answer. */
  public long statx(int fd) {
    return statx(fd, new byte[0], AT_EMPTY_PATH);
  }

  private long statx(int dir, byte[] path, int flags) {
    long answer = scratch.get().address + STRUCT;
    return withPath(Call.STATX, dir, path, flags, Stat.BASIC_STATS_BIRTH_AND_MOUNT, answer);
  }

  /** fstatfs(2): the file system's magic number, see statfs(2), or a negated error number. */
  public long fileSystemType(int fd) {
    Scratch s = scratch.get();
    long result = call(Call.FSTATFS, fd, s.address + STRUCT, 0, 0, 0);
    return result < 0 ? result : s.bytes.getLong(STRUCT) & 0xffffffffL;
  }

  /** getdents64(2) into a direct buffer, from its start; returns the number of bytes, 0 at end. */
  public long getdents64(int fd, ByteBuffer into) {
    return call(Call.GETDENTS64, fd, address(into, 0), into.capacity(), 0, 0);
  }

  /** pread(2) into a direct buffer's remaining bytes; advances its position. */
  public long pread(int fd, ByteBuffer into, long offset) {
    long n = call(Call.PREAD64, fd, address(into, into.position()), into.remaining(), offset, 0);
    if (n > 0) {
      into.position(into.position() + (int) n);
    }
    return n;
  }

  /** pwrite(2) of a direct buffer's remaining bytes; advances its position by what was written. */
  public long pwrite(int fd, ByteBuffer from, long offset) {
    long n = call(Call.PWRITE64, fd, address(from, from.position()), from.remaining(), offset, 0);
    if (n > 0) {
      from.position(from.position() + (int) n);
    }
    return n;
  }

  private static long address(ByteBuffer buffer, int at) {
    if (!buffer.isDirect()) {
      throw new IllegalArgumentException("not a direct buffer");
    }
    return MEMORY.getDirectBufferAddress(buffer) + at;
  }

  /** lseek(2). */
  public long lseek(int fd, long offset, int whence) {
    return call(Call.LSEEK, fd, offset, whence, 0, 0);
  }

  /** fallocate(2) of what is to be a part of the file: it becomes as long as that, if shorter. */
  public long fallocate(int fd, long offset, long length) {
    return call(Call.FALLOCATE, fd, 0, offset, length, 0);
  }

  /** ftruncate(2). */
  public long ftruncate(int fd, long length) {
    return call(Call.FTRUNCATE, fd, length, 0, 0, 0);
  }

  /** fdatasync(2). */
  public long fdatasync(int fd) {
    return call(Call.FDATASYNC, fd, 0, 0, 0, 0);
  }

  /** syncfs(2). */
  public long syncfs(int fd) {
    return call(Call.SYNCFS, fd, 0, 0, 0, 0);
  }

  /** mkdirat(2). */
  public long mkdirat(int dir, byte[] path, int mode) {
    return withPath(Call.MKDIRAT, dir, path, mode, 0, 0);
  }

  /** mknodat(2); {@code mode} with type bits. */
  public long mknodat(int dir, byte[] path, int mode, int major, int minor) {
    // The kernel's encoding of a device for user space, include/linux/kdev_t.h new_encode_dev.
    long device = (minor & 0xffL) | (major & 0xfffL) << 8 | (minor & ~0xffL) << 12;
    return withPath(Call.MKNODAT, dir, path, mode, device, 0);
  }

  /** unlinkat(2); {@code flags} may be AT_REMOVEDIR. */
  public long unlinkat(int dir, byte[] path, int flags) {
    return withPath(Call.UNLINKAT, dir, path, flags, 0, 0);
  }

  /** renameat2(2) without flags. */
  public long rename(int fromDir, byte[] from, int toDir, byte[] to) {
    return withPaths(Call.RENAMEAT2, fromDir, from, toDir, to, 0);
  }

  /** linkat(2), links not followed. */
  public long linkat(int fromDir, byte[] from, int toDir, byte[] to) {
    return withPaths(Call.LINKAT, fromDir, from, toDir, to, 0);
  }

  /** symlinkat(2). */
  public long symlinkat(byte[] target, int dir, byte[] path) {
    Scratch s = scratch.get();
    long first = s.string(0, target);
    long second = s.string(STRING_B, path);
    if (isError(first) || isError(second)) {
      return -Errno.ENAMETOOLONG;
    }
    return call(Call.SYMLINKAT, first, dir, second, 0, 0);
  }

  /** readlinkat(2): the target, or null with the error in {@code error[0]}. */
  public byte[] readlinkat(int dir, byte[] path, long[] error) {
    Scratch s = scratch.get();
    long n = withPath(Call.READLINKAT, dir, path, s.address + Scratch.AREA, 8192, 0);
    error[0] = Math.min(n, 0);
    return n < 0 ? null : copy(s, (int) n);
  }

  /** fchmod(2). */
  public long fchmod(int fd, int mode) {
    return call(Call.FCHMOD, fd, mode, 0, 0, 0);
  }

  /** chmod(2) of a trusted path, followed. */
  public long chmod(byte[] path, int mode) {
    return withPath(Call.FCHMODAT, AT_FDCWD, path, mode, 0, 0);
  }

  /** fchownat(2) of the descriptor itself. */
  public long chown(int fd, long uid, long gid) {
    return withPath(Call.FCHOWNAT, fd, new byte[0], uid, gid, AT_EMPTY_PATH);
  }

  /** Sets the modification time of a path below a directory or, with AT_FDCWD, a trusted path. */
  public long utimens(int dir, byte[] path, long seconds, int nanos, int flags) {
    return withPath(Call.UTIMENSAT, dir, path, times(seconds, nanos), flags, 0);
  }

  /** Sets the modification time of an open file itself; not of an O_PATH descriptor. */
  public long utimens(int fd, long seconds, int nanos) {
    return call(Call.UTIMENSAT, fd, 0, times(seconds, nanos), 0, 0);
  }

  private long times(long seconds, int nanos) {
    Scratch s = scratch.get();
    s.bytes.putLong(STRUCT, 0);
    s.bytes.putLong(STRUCT + 8, UTIME_OMIT);
    s.bytes.putLong(STRUCT + 16, seconds);
    s.bytes.putLong(STRUCT + 24, nanos);
    return s.address + STRUCT;
  }

  private static final long UTIME_OMIT = (1L << 30) - 2;

  /** Lists extended attribute names, NUL-separated; of a descriptor or, if path, of that path. */
  public byte[] listxattr(int fd, byte[] path, long[] error) {
    Scratch s = scratch.get();
    long into = s.address + Scratch.AREA;
    long n =
        path == null
            ? call(Call.FLISTXATTR, fd, into, 65536, 0, 0)
            : call(Call.LISTXATTR, s.string(0, path), into, 65536, 0, 0);
    error[0] = Math.min(n, 0);
    return n < 0 ? null : copy(s, (int) n);
  }

  /** Reads one extended attribute, at most 64 KiB. */
  public byte[] getxattr(int fd, byte[] path, byte[] name, long[] error) {
    Scratch s = scratch.get();
    long into = s.address + Scratch.AREA;
    long key = s.string(STRING_B, name);
    long n =
        path == null
            ? call(Call.FGETXATTR, fd, key, into, 65536, 0)
            : call(Call.GETXATTR, s.string(0, path), key, into, 65536, 0);
    error[0] = Math.min(n, 0);
    return n < 0 ? null : copy(s, (int) n);
  }

  /** Sets one extended attribute, at most 64 KiB. */
  public long setxattr(int fd, byte[] path, byte[] name, byte[] value) {
    Scratch s = scratch.get();
    if (value.length > 65536) {
      return -Errno.ERANGE;
    }
    s.bytes.put(Scratch.AREA, value);
    long from = s.address + Scratch.AREA;
    long key = s.string(STRING_B, name);
    return path == null
        ? call(Call.FSETXATTR, fd, key, from, value.length, 0)
        : call(Call.SETXATTR, s.string(0, path), key, from, value.length, 0);
  }

  /** Removes one extended attribute. */
  public long removexattr(int fd, byte[] path, byte[] name) {
    Scratch s = scratch.get();
    long key = s.string(STRING_B, name);
    return path == null
        ? call(Call.FREMOVEXATTR, fd, key, 0, 0, 0)
        : call(Call.REMOVEXATTR, s.string(0, path), key, 0, 0, 0);
  }
}
