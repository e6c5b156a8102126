package io.diffkeeper.files;

import io.diffkeeper.sys.Call;
import io.diffkeeper.sys.Errno;
import io.diffkeeper.sys.Kernel;
import io.diffkeeper.sys.Stat;
import io.diffkeeper.sys.SyscallException;
import io.diffkeeper.tree.Name;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One open inode: a file's content and any entry's attributes. Not thread-safe; to be closed by
 * whoever opened it.
 */
public final class Inode implements AutoCloseable {
  private static final byte[] ABSENT = ascii("user.io.diffkeeper.barrier");
  private static final byte[] LABEL = ascii("security.selinux");
  private static final int XATTR_TRIES = 3;

  private final Kernel kernel;
  private final int fd;
  private final byte[] proc;
  private final Name path;

  /**
   * Takes over an open descriptor.
   *
   * @param pathOnly whether it was opened with O_PATH: then attributes go through /proc/self/fd,
   *     whose links lead to the inode itself, a symbolic link's too
   * @param path for messages only
   */
  Inode(Kernel kernel, int fd, boolean pathOnly, Name path) {
    this.kernel = kernel;
    this.fd = fd;
    this.proc = pathOnly ? ascii("/proc/self/fd/" + fd) : null;
    this.path = path;
  }

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  int fd() {
    return fd;
  }

  /** The path it was opened by, for messages. */
  public Name path() {
    return path;
  }

  private long check(Call call, long result) throws SyscallException {
    return Kernel.check(call, path, result);
  }

  /** The inode's attributes now. Reading them makes the kernel report the next change anew. */
  public Stat stat() throws SyscallException {
    check(Call.STATX, kernel.statx(fd));
    return kernel.stat();
  }

  /**
   * Waits for writes that are under way: takes the inode's lock by removing an attribute that is
   * not there. Between {@link #stat} and reading, it makes sure that whatever the read does not see
   * is reported as a later change.
   */
  public void barrier() {
    kernel.removexattr(fd, null, ABSENT);
  }

  /** Writes the file's data back, so that the next store through a mapping faults again. */
  public void sync() {
    kernel.fdatasync(fd);
  }

  /**
   * Reads into a direct buffer's remaining bytes.
   *
   * @param offset in bytes
   * @return the number of bytes read, 0 at the end of the file
   */
  public int read(ByteBuffer into, long offset) throws SyscallException {
    return (int) check(Call.PREAD64, kernel.pread(fd, into, offset));
  }

  /** Writes all remaining bytes of a direct buffer at {@code offset}. */
  public void write(ByteBuffer from, long offset) throws SyscallException {
    long at = offset;
    while (from.hasRemaining()) {
      at += check(Call.PWRITE64, kernel.pwrite(fd, from, at));
    }
  }

  /**
   * Has the file system find room for what is about to be written there, all at once: ext4 then
   * takes half as long for the writes. Where it cannot, or there is none, the writes will tell. See
   * {@link Dir#gainsByAllocation}.
   */
  public void allocate(long offset, long length) {
    kernel.fallocate(fd, offset, length);
  }

  /** Sets the file's length in bytes. */
  public void truncate(long length) throws SyscallException {
    check(Call.FTRUNCATE, kernel.ftruncate(fd, length));
  }

  /** The start of the next data at or after {@code offset}, or -1 if only a hole follows. */
  public long nextData(long offset) {
    return Math.max(-1, kernel.lseek(fd, offset, Kernel.SEEK_DATA));
  }

  /** The start of the next hole at or after {@code offset}, the end of the file counted as one. */
  public long nextHole(long offset) {
    return kernel.lseek(fd, offset, Kernel.SEEK_HOLE);
  }

  /** The extended attributes that are kept, by name. */
  public SortedMap<Name, byte[]> xattrs() throws SyscallException {
    // Between listing and reading, attributes can come and go.
    for (int i = 1; ; i++) {
      try {
        return readXattrs();
      } catch (SyscallException e) {
        if (e.errno() != Errno.ENODATA || i == XATTR_TRIES) {
          throw e;
        }
      }
    }
  }

  private SortedMap<Name, byte[]> readXattrs() throws SyscallException {
    long[] error = new long[1];
    byte[] list = kernel.listxattr(fd, proc, error);
    if (list == null && error[0] == -Errno.EOPNOTSUPP) {
      return io.diffkeeper.tree.Metadata.NO_XATTRS;
    }
    check(Call.LISTXATTR, error[0]);
    if (list.length == 0) {
      return io.diffkeeper.tree.Metadata.NO_XATTRS;
    }
    SortedMap<Name, byte[]> kept = new TreeMap<>();
    int start = 0;
    for (int i = 0; i < list.length; i++) {
      if (list[i] == 0) {
        Name name = Name.read(ByteBuffer.wrap(list, start, i - start), i - start);
        if (Xattrs.kept(name)) {
          byte[] value = kernel.getxattr(fd, proc, name.toBytes(), error);
          check(Call.GETXATTR, error[0]);
          kept.put(name, value);
        }
        start = i + 1;
      }
    }
    return kept;
  }

  void setXattr(Name name, byte[] value) throws SyscallException {
    check(Call.SETXATTR, kernel.setxattr(fd, proc, name.toBytes(), value));
  }

  /**
   * Sets the security label; where the file system has none, there is none to set.
   *
   * @param label as the kernel keeps it, the final NUL included
   */
  void setLabel(byte[] label) throws SyscallException {
    long result = kernel.setxattr(fd, proc, LABEL, label);
    check(Call.SETXATTR, result == -Errno.EOPNOTSUPP ? 0 : result);
  }

  void removeXattr(Name name) throws SyscallException {
    long result = kernel.removexattr(fd, proc, name.toBytes());
    check(Call.REMOVEXATTR, result == -Errno.ENODATA ? 0 : result);
  }

  void setOwner(long uid, long gid) throws SyscallException {
    check(Call.FCHOWNAT, kernel.chown(fd, uid, gid));
  }

  void setPermissions(int permissions) throws SyscallException {
    check(
        Call.FCHMOD,
        proc == null ? kernel.fchmod(fd, permissions) : kernel.chmod(proc, permissions));
  }

  /** Sets the modification time: seconds since the epoch, and nanoseconds 0 to 999,999,999. */
  public void setModified(long seconds, int nanos) throws SyscallException {
    check(
        Call.UTIMENSAT,
        proc == null
            ? kernel.utimens(fd, seconds, nanos)
            : kernel.utimens(Kernel.AT_FDCWD, proc, seconds, nanos, 0));
  }

  @Override
  public void close() {
    kernel.close(fd);
  }
}
