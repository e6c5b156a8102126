package io.diffkeeper.files;

import io.diffkeeper.sys.Call;
import io.diffkeeper.sys.Errno;
import io.diffkeeper.sys.Kernel;
import io.diffkeeper.sys.Stat;
import io.diffkeeper.sys.SyscallException;
import io.diffkeeper.tree.FileType;
import io.diffkeeper.tree.Name;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * An open directory, and what can be done beneath it. Nothing here follows a symbolic link or
 * crosses into another mount. Not thread-safe; to be closed by whoever opened it.
 *
 * <p>Children are named by one component, except where a parameter says that it is a relative path.
 */
public final class Dir implements AutoCloseable {
  /** Directories nested deeper than this are refused: every level holds a descriptor. */
  public static final int DEPTH_MAX = 1000;

  private static final int BENEATH =
      Kernel.RESOLVE_BENEATH
          | Kernel.RESOLVE_NO_SYMLINKS
          | Kernel.RESOLVE_NO_MAGICLINKS
          | Kernel.RESOLVE_NO_XDEV;
  private static final int DIRENT_HEADER = 19;
  private static final int PATH_BYTES_MAX = 4095;

  private final Kernel kernel;
  private final Inode self;
  private UpperDir upper;
  private boolean upperLooked;

  Dir(Kernel kernel, int fd, Name path) {
    this.kernel = kernel;
    this.self = new Inode(kernel, fd, false, path);
  }

  /**
   * A name in a directory's list.
   *
   * @param inode the inode number, as far as the file system tells it here
   */
  public record Item(Name name, long inode) {}

  /** Opens a directory of the host by a path that the administrator chose; links are followed. */
  public static Dir ofHost(Kernel kernel, Name path) throws SyscallException {
    int flags = Kernel.O_RDONLY | Kernel.O_DIRECTORY;
    long fd = kernel.openat(Kernel.AT_FDCWD, path.toBytes(), flags, 0);
    return new Dir(kernel, (int) Kernel.check(Call.OPENAT, path, fd), path);
  }

  /** The open descriptor, for the kernel to watch; nothing may be read or opened through it. */
  public int descriptor() {
    return self.fd();
  }

  /** The directory's own inode. */
  public Inode inode() {
    return self;
  }

  /** The path it was opened by, for messages. */
  public Name path() {
    return self.path();
  }

  /** The path of a child, for messages. */
  public Name path(Name child) {
    return self.path().resolve(child);
  }

  /**
   * Whether what is written beneath it stays in memory: tmpfs, or an overlay whose upper is one.
   */
  public boolean isInMemory() {
    long type = kernel.fileSystemType(self.fd());
    return kernel.statx(self.fd()) < 0 || Backing.isTmpfs(kernel, kernel.stat(), type);
  }

  /** Whether {@link Inode#allocate} is of use for files beneath it, and of no harm. */
  public boolean gainsByAllocation() {
    long type = kernel.fileSystemType(self.fd());
    return kernel.statx(self.fd()) >= 0 && Backing.gainsByAllocation(kernel, kernel.stat(), type);
  }

  /** What the times of changes beneath it tell. */
  public Times times() {
    long type = kernel.fileSystemType(self.fd());
    return kernel.statx(self.fd()) < 0 ? Times.SOME : Backing.times(kernel.stat(), type);
  }

  /** Whether it is on an overlay. */
  public boolean isOnOverlay() {
    return Backing.isOverlay(kernel.fileSystemType(self.fd()));
  }

  /**
   * What the upper layer of the overlay that it is on has of it, which is closed with this. To look
   * for it gives it a place there, as the first change would, and another time of change.
   *
   * @return null if it is on no overlay, or there is none that can be told for certain
   */
  public UpperDir upper() {
    if (!upperLooked) {
      upperLooked = true;
      upper = UpperDir.of(kernel, this);
    }
    return upper;
  }

  /** The upper layer was not what it should have been: it is not to be used any more. */
  public void distrustUpper() {
    closeUpper();
    upper = null;
  }

  private void closeUpper() {
    if (upper != null) {
      upper.close();
    }
  }

  private long check(Call call, Name child, long result) throws SyscallException {
    return result < 0 ? Kernel.check(call, path(child), result) : result;
  }

  /** The attributes of a child, or null if there is none of that name. */
  public Stat stat(Name child) throws SyscallException {
    requireComponent(child);
    long result = kernel.statx(self.fd(), child.toBytes());
    if (result == -Errno.ENOENT) {
      return null;
    }
    check(Call.STATX, child, result);
    return kernel.stat();
  }

  private void requireComponent(Name child) throws SyscallException {
    if (!child.isComponent()) {
      throw new SyscallException(Call.OPENAT, "'" + path(child) + "'", Errno.EINVAL);
    }
  }

  /** Opens a directory by a relative path. */
  public Dir open(Name relative) throws SyscallException {
    int flags = Kernel.O_RDONLY | Kernel.O_DIRECTORY;
    return new Dir(kernel, openBeneath(relative, flags), path(relative));
  }

  /**
   * Opens a regular file for reading, by a relative path.
   *
   * <p>The type is looked at before the file is really opened: opening a device can have effects.
   *
   * @throws SyscallException with EINVAL if it is no regular file
   */
  public Inode openFile(Name relative) throws SyscallException {
    try (Inode found = openAttributes(relative)) {
      if ((found.stat().mode() & FileType.MASK) != FileType.FILE.bits()) {
        throw new SyscallException(Call.OPENAT2, path(relative).toString(), Errno.EINVAL);
      }
      byte[] link = Inode.ascii("/proc/self/fd/" + found.fd());
      long fd = kernel.openat(Kernel.AT_FDCWD, link, Kernel.O_RDONLY | Kernel.O_NOCTTY, 0);
      return new Inode(kernel, (int) check(Call.OPENAT, relative, fd), false, path(relative));
    }
  }

  /** Opens any entry for its attributes only, by a relative path. */
  public Inode openAttributes(Name relative) throws SyscallException {
    return new Inode(kernel, openBeneath(relative, Kernel.O_PATH), true, path(relative));
  }

  private int openBeneath(Name relative, int flags) throws SyscallException {
    Name rest = relative;
    Dir from = this;
    try {
      while (rest.length() > PATH_BYTES_MAX) {
        int cut = rest.lastSlashBefore(PATH_BYTES_MAX);
        Dir next =
            new Dir(
                kernel,
                from.openStep(rest.prefix(cut), Kernel.O_RDONLY | Kernel.O_DIRECTORY),
                from.path(rest.prefix(cut)));
        closeUnlessThis(from);
        from = next;
        rest = rest.suffix(cut + 1);
      }
      return from.openStep(rest, flags);
    } finally {
      closeUnlessThis(from);
    }
  }

  private void closeUnlessThis(Dir dir) {
    if (dir != this) {
      dir.close();
    }
  }

  private int openStep(Name relative, int flags) throws SyscallException {
    int how = flags | Kernel.O_NOFOLLOW;
    long fd = kernel.openat2(self.fd(), relative.toBytes(), how, 0, BENEATH);
    if (fd == -Errno.ENOSYS || fd == -Errno.EPERM) {
      // Before Linux 5.6, or under a seccomp filter older than the call.
      fd = new ComponentWalk(kernel).open(self.fd(), relative, how);
    }
    return (int) check(Call.OPENAT2, relative, fd);
  }

  /** Everything in the directory but "." and "..", in no particular order. */
  public List<Item> list() throws SyscallException {
    // A descriptor of its own, so that two listings do not share one position.
    Dir fresh =
        new Dir(
            kernel,
            (int)
                Kernel.check(
                    Call.OPENAT,
                    path(),
                    kernel.openat(
                        self.fd(),
                        new byte[] {'.'},
                        Kernel.O_RDONLY | Kernel.O_DIRECTORY | Kernel.O_NOFOLLOW,
                        0)),
            path());
    try (fresh) {
      return fresh.readItems();
    }
  }

  private List<Item> readItems() throws SyscallException {
    List<Item> items = new ArrayList<>();
    ByteBuffer entries = Buffers.listing().order(ByteOrder.nativeOrder());
    while (true) {
      long n = Kernel.check(Call.GETDENTS64, path(), kernel.getdents64(self.fd(), entries));
      if (n == 0) {
        return items;
      }
      // struct linux_dirent64: u64 inode, s64 offset, u16 length, u8 type, name, NUL.
      for (int at = 0; at < n; at += entries.getShort(at + 16) & 0xffff) {
        int start = at + DIRENT_HEADER;
        int end = start;
        while (entries.get(end) != 0) {
          end++;
        }
        Name name = Name.read(entries.duplicate().position(start), end - start);
        if (name.isComponent()) {
          items.add(new Item(name, entries.getLong(at)));
        }
      }
    }
  }

  /** A symbolic link's target. */
  public Name readLink(Name child) throws SyscallException {
    requireComponent(child);
    long[] error = new long[1];
    byte[] target = kernel.readlinkat(self.fd(), child.toBytes(), error);
    check(Call.READLINKAT, child, error[0]);
    return Name.of(target);
  }

  /** Creates a regular file of mode 0600 that was not there, and opens it. */
  public Inode createFile(Name child) throws SyscallException {
    return createFile(child, 0600);
  }

  /**
   * Creates a regular file that was not there, and opens it.
   *
   * @param permissions as for open(2): what the process's umask has is taken off
   */
  public Inode createFile(Name child, int permissions) throws SyscallException {
    requireComponent(child);
    int flags = Kernel.O_RDWR | Kernel.O_CREAT | Kernel.O_EXCL | Kernel.O_NOFOLLOW;
    long fd = kernel.openat(self.fd(), child.toBytes(), flags, permissions);
    return new Inode(kernel, (int) check(Call.OPENAT, child, fd), false, path(child));
  }

  /** Creates a directory of mode 0700 that was not there. */
  public void createDirectory(Name child) throws SyscallException {
    requireComponent(child);
    check(Call.MKDIRAT, child, kernel.mkdirat(self.fd(), child.toBytes(), 0700));
  }

  /** Creates a symbolic link. */
  public void createSymlink(Name child, Name target) throws SyscallException {
    requireComponent(child);
    check(Call.SYMLINKAT, child, kernel.symlinkat(target.toBytes(), self.fd(), child.toBytes()));
  }

  /** Creates a named pipe or a device node of mode 0600. */
  public void createSpecial(Name child, FileType type, long device) throws SyscallException {
    requireComponent(child);
    int mode = type.bits() | 0600;
    check(
        Call.MKNODAT,
        child,
        kernel.mknodat(self.fd(), child.toBytes(), mode, Stat.major(device), Stat.minor(device)));
  }

  /** Makes {@code to} in another directory a hard link of a child. */
  public void link(Name child, Dir toDir, Name to) throws SyscallException {
    requireComponent(child);
    toDir.requireComponent(to);
    check(
        Call.LINKAT,
        child,
        kernel.linkat(self.fd(), child.toBytes(), toDir.self.fd(), to.toBytes()));
  }

  /** Moves a child to another directory, over what is there unless that is a directory. */
  public void move(Name child, Dir toDir, Name to) throws SyscallException {
    requireComponent(child);
    toDir.requireComponent(to);
    toDir.check(
        Call.RENAMEAT2,
        to,
        kernel.rename(self.fd(), child.toBytes(), toDir.self.fd(), to.toBytes()));
  }

  /** Removes a child and, if it is a directory, everything beneath. None there is no failure. */
  public void remove(Name child) throws SyscallException {
    requireComponent(child);
    remove(child, 0);
  }

  private void remove(Name child, int depth) throws SyscallException {
    long result = kernel.unlinkat(self.fd(), child.toBytes(), 0);
    if (result == -Errno.EISDIR) {
      try (Dir dir = open(child)) {
        if (depth > DEPTH_MAX) {
          throw new SyscallException(Call.UNLINKAT, path(child).toString(), Errno.ELOOP);
        }
        for (Item item : dir.list()) {
          dir.remove(item.name(), depth + 1);
        }
      }
      result = kernel.unlinkat(self.fd(), child.toBytes(), Kernel.AT_REMOVEDIR);
    }
    if (result != -Errno.ENOENT) {
      check(Call.UNLINKAT, child, result);
    }
  }

  @Override
  public void close() {
    closeUpper();
    self.close();
  }
}
