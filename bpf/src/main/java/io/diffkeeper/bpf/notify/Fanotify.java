package io.diffkeeper.bpf.notify;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Watches by fanotify(7) with directory handles and names, since Linux 5.9; on overlay file systems
 * since 6.6. Marks on directories, not on the file system, whose other files are nobody's business
 * here.
 */
public final class Fanotify implements Watches {
  private static final int CLOEXEC_NONBLOCK = 0x1 | 0x2;
  private static final int UNLIMITED_MARKS = 0x20;
  private static final int REPORT_DFID = 0x400;
  private static final int REPORT_DFID_NAME = REPORT_DFID | 0x800;

  private static final int MARK_ADD_ONLYDIR = 0x1 | 0x8;
  private static final long MODIFY_ATTRIB_CLOSE_WRITE = 0x2 | 0x4 | 0x8;
  private static final long NAMES = 0x40 | 0x80 | 0x100 | 0x200; // MOVED_FROM, _TO, CREATE, DELETE
  private static final long DELETE_SELF = 0x400;
  private static final long SELF = DELETE_SELF | 0x800; // MOVE_SELF
  private static final long Q_OVERFLOW = 0x4000;
  private static final long ON_DIR = 0x40000000L;
  private static final long ON_CHILD_AND_DIR = 0x08000000L | ON_DIR;
  private static final long ALL = MODIFY_ATTRIB_CLOSE_WRITE | NAMES | SELF | ON_CHILD_AND_DIR;
  private static final long LISTS = 0x100 | 0x200 | DELETE_SELF | ON_DIR; // CREATE, DELETE

  private static final int AT_HANDLE_FID = 0x200;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int EINVAL = 22;
  private static final int HANDLE_BYTES_MAX = 128;
  private static final int HANDLE_HEADER = 8;
  private static final int FSID_BYTES = 8;
  private static final int INFO_DFID_NAME = 2;
  private static final int INFO_HEADER = 4;

  private final EventQueue queue;
  private final long mask;
  private final long own = ProcessHandle.current().pid();

  /** struct file_handle, then the mount's number, then an empty path. */
  private final ByteBuffer handle = Calls.memory(HANDLE_HEADER + HANDLE_BYTES_MAX + 16);

  private final Map<ByteBuffer, Long> directories = new HashMap<>();

  private Fanotify(EventQueue queue, long mask) {
    this.queue = queue;
    this.mask = mask;
  }

  /**
   * Makes a queue.
   *
   * @throws NotifyException if the kernel lacks it or does not allow it
   */
  public static Fanotify open() {
    return open(REPORT_DFID_NAME, ALL);
  }

  /**
   * Makes a queue that tells only of directories to which something was linked, or from which it
   * was removed. However much that is, it is one event until it is read, and nobody who writes into
   * a file passes there.
   *
   * @throws NotifyException if the kernel lacks it or does not allow it
   */
  public static Fanotify openLists() {
    return open(REPORT_DFID, LISTS);
  }

  private static Fanotify open(int reports, long mask) {
    int flags = CLOEXEC_NONBLOCK | reports;
    long fd = Calls.FANOTIFY_INIT.call(flags | UNLIMITED_MARKS, 0, 0, 0, 0);
    if (fd < 0) {
      fd = Calls.FANOTIFY_INIT.call(flags, 0, 0, 0, 0); // without privileges
    }
    if (fd < 0) {
      throw new NotifyException("fanotify_init", fd);
    }
    return new Fanotify(new EventQueue((int) fd), mask);
  }

  @Override
  public int pollFd() {
    return queue.fd();
  }

  @Override
  public boolean add(int directory, long inode) {
    ByteBuffer key = handle(directory);
    if (key == null) {
      return false;
    }
    long result = 0;
    if (!directories.containsKey(key)) {
      result = Calls.FANOTIFY_MARK.call(queue.fd(), MARK_ADD_ONLYDIR, mask, directory, 0);
    }
    if (result == 0) {
      directories.put(key, inode);
    }
    return result == 0;
  }

  /** The directory's handle as events have it: type and bytes; null if it has none. */
  private ByteBuffer handle(int directory) {
    long at = Calls.address(handle);
    int mount = HANDLE_HEADER + HANDLE_BYTES_MAX;
    int path = mount + 8;
    handle.putInt(0, HANDLE_BYTES_MAX);
    int flags = AT_EMPTY_PATH | AT_HANDLE_FID;
    long result = Calls.NAME_TO_HANDLE_AT.call(directory, at + path, at, at + mount, flags);
    if (result == -EINVAL) { // before Linux 6.5
      flags = AT_EMPTY_PATH;
      result = Calls.NAME_TO_HANDLE_AT.call(directory, at + path, at, at + mount, flags);
    }
    return result < 0 ? null : copy(handle, 0);
  }

  /** A struct file_handle's type and bytes, without its length. */
  private static ByteBuffer copy(ByteBuffer from, int at) {
    byte[] bytes = new byte[from.getInt(at) + 4];
    from.get(at + 4, bytes);
    return ByteBuffer.wrap(bytes);
  }

  @Override
  public void read(Listener listener) {
    for (ByteBuffer events = queue.next(); events != null; events = queue.next()) {
      // struct fanotify_event_metadata: u32 length, u8 version, u8, u16 header length, u64 mask,
      // s32 fd, s32 pid; then records of information.
      int at = 0;
      while (at < events.limit()) {
        int end = at + events.getInt(at);
        tell(events, at, end, listener);
        at = end;
      }
    }
  }

  private void tell(ByteBuffer events, int at, int end, Listener listener) {
    long mask = events.getLong(at + 8);
    if ((mask & Q_OVERFLOW) != 0) {
      listener.lost();
      return;
    }
    int pid = events.getInt(at + 20); // 0 for all others' without privileges
    if (pid == own) {
      return;
    }
    int info = at + (events.getShort(at + 6) & 0xffff);
    while (info < end) {
      int length = events.getShort(info + 2) & 0xffff;
      // struct fanotify_event_info_fid: u8 type, u8, u16 length, u64 file system, file_handle;
      // name.
      ByteBuffer key = copy(events, info + INFO_HEADER + FSID_BYTES);
      Long directory = directories.get(key);
      if (directory != null) {
        boolean named = events.get(info) == INFO_DFID_NAME;
        int start = info + INFO_HEADER + FSID_BYTES + 4 + key.capacity();
        byte[] name = named ? name(events, start, info + length) : new byte[0];
        tell(directory, mask, name, pid, listener);
        if (name.length == 0 && (mask & DELETE_SELF) != 0) {
          directories.remove(key);
        }
      }
      info += length;
    }
  }

  private static byte[] name(ByteBuffer events, int start, int limit) {
    int end = start;
    while (end < limit && events.get(end) != 0) {
      end++;
    }
    byte[] name = new byte[end - start];
    events.get(start, name);
    // A directory's own events come under the name ".".
    return Arrays.equals(name, new byte[] {'.'}) ? new byte[0] : name;
  }

  private static void tell(long directory, long mask, byte[] name, int pid, Listener listener) {
    if (name.length == 0 || (mask & NAMES) != 0) {
      listener.directory(directory, pid);
    }
    if (name.length > 0) {
      listener.entry(directory, name, pid);
    }
  }

  @Override
  public void close() {
    queue.close();
  }
}
