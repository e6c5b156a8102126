package io.diffkeeper.bpf.notify;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** Watches by inotify(7), which anybody may use, within the limits of /proc/sys/fs/inotify. */
public final class Inotify implements Watches {
  private static final int NONBLOCK_CLOEXEC = 04000 | 02000000;

  private static final int MODIFY = 0x2;
  private static final int ATTRIB = 0x4;
  private static final int CLOSE_WRITE = 0x8;
  private static final int NAMES = 0x40 | 0x80 | 0x100 | 0x200; // MOVED_FROM, _TO, CREATE, DELETE
  private static final int SELF = 0x400 | 0x800; // DELETE_SELF, MOVE_SELF
  private static final int Q_OVERFLOW = 0x4000;
  private static final int IGNORED = 0x8000;
  private static final int ONLYDIR = 0x01000000;
  private static final int MASK = MODIFY | ATTRIB | CLOSE_WRITE | NAMES | SELF | ONLYDIR;

  private static final int PATH_BYTES = 64;
  private static final int HEADER_BYTES = 16;

  private final EventQueue queue;
  private final ByteBuffer path = Calls.memory(PATH_BYTES);
  private final Map<Integer, Long> directories = new HashMap<>();

  private Inotify(EventQueue queue) {
    this.queue = queue;
  }

  /**
   * Makes a queue.
   *
   * @throws NotifyException if the user has too many
   */
  public static Inotify open() {
    long fd = Calls.INOTIFY_INIT1.call(NONBLOCK_CLOEXEC, 0, 0, 0, 0);
    if (fd < 0) {
      throw new NotifyException("inotify_init1", fd);
    }
    return new Inotify(new EventQueue((int) fd));
  }

  @Override
  public int pollFd() {
    return queue.fd();
  }

  @Override
  public boolean add(int directory, long inode) {
    byte[] link = ("/proc/self/fd/" + directory + "\0").getBytes(StandardCharsets.US_ASCII);
    path.put(0, link);
    long watch = Calls.INOTIFY_ADD_WATCH.call(queue.fd(), Calls.address(path), MASK, 0, 0);
    if (watch >= 0) {
      directories.put((int) watch, inode);
    }
    return watch >= 0;
  }

  @Override
  public void read(Listener listener) {
    for (ByteBuffer events = queue.next(); events != null; events = queue.next()) {
      // struct inotify_event: s32 watch, u32 mask, u32 cookie, u32 length, name and NULs.
      while (events.remaining() >= HEADER_BYTES) {
        int watch = events.getInt();
        int mask = events.getInt();
        events.getInt();
        byte[] name = name(events, events.getInt());
        tell(watch, mask, name, listener);
      }
    }
  }

  private static byte[] name(ByteBuffer events, int length) {
    byte[] padded = new byte[length];
    events.get(padded);
    int end = 0;
    while (end < length && padded[end] != 0) {
      end++;
    }
    return java.util.Arrays.copyOf(padded, end);
  }

  private void tell(int watch, int mask, byte[] name, Listener listener) {
    if ((mask & Q_OVERFLOW) != 0) {
      listener.lost();
      return;
    }
    Long directory = directories.get(watch);
    if (directory == null) {
      return;
    }
    if ((mask & IGNORED) != 0) {
      directories.remove(watch);
    } else if (name.length == 0 || (mask & NAMES) != 0) {
      listener.directory(directory, 0);
    }
    if (name.length > 0) {
      listener.entry(directory, name, 0);
    }
  }

  @Override
  public void close() {
    queue.close();
  }
}
