package io.diffkeeper.store;

import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.FileType;
import io.diffkeeper.tree.Metadata;
import io.diffkeeper.tree.Name;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** The bytes of directory objects: entries in ascending order of their names. */
final class Directories {
  private static final int FIXED_BYTES = 2 + 4 + 4 + 4 + 8 + 4 + 8 + 8 + 2;
  private static final int PATH_BYTES_MAX = 4095;
  private static final int XATTR_NAME_BYTES_MAX = 255;
  private static final int XATTR_BYTES_MAX = 1 << 16;
  private static final long U32_MAX = 0xffffffffL;

  private Directories() {}

  /** The entries in order, each checked, none twice. */
  static List<Entry> sorted(List<Entry> entries) {
    List<Entry> sorted = new ArrayList<>(entries);
    sorted.sort(Comparator.comparing(Entry::name));
    Kind kind = kind(sorted);
    for (int i = 0; i < sorted.size(); i++) {
      Entry entry = sorted.get(i);
      String fault = fault(entry, kind);
      if (fault == null && i > 0 && sorted.get(i - 1).name().equals(entry.name())) {
        fault = "named twice";
      }
      if (fault != null) {
        throw new IllegalArgumentException(entry.name() + ": " + fault);
      }
    }
    return sorted;
  }

  /** A root has absolute paths for names; anything else is a directory. */
  static Kind kind(List<Entry> sorted) {
    boolean root =
        !sorted.isEmpty() && sorted.get(0).name().length() > 0 && sorted.get(0).name().at(0) == '/';
    return root ? Kind.ROOT : Kind.DIRECTORY;
  }

  /** What is wrong with an entry in a directory of that kind; null if nothing is. */
  private static String fault(Entry e, Kind kind) {
    Metadata m = e.metadata();
    FileType type = e.type();
    boolean hasContent = type == FileType.FILE || type == FileType.DIRECTORY;
    boolean isDevice = type == FileType.CHAR_DEVICE || type == FileType.BLOCK_DEVICE;
    if (kind == Kind.ROOT && (type != FileType.DIRECTORY || !isAbsolute(e.name()))) {
      return "not an absolute path of a directory in a root";
    } else if (kind == Kind.DIRECTORY && !e.name().isComponent()) {
      return "not a file name";
    } else if (type == FileType.SOCKET) {
      return "sockets are not kept";
    } else if (hasContent != (e.content() != null)) {
      return "content does not suit the type";
    } else if ((type == FileType.SYMLINK) != (e.target() != null)) {
      return "link target does not suit the type";
    } else if (e.target() != null && e.target().length() > PATH_BYTES_MAX) {
      return "link target too long";
    } else if (e.size() < 0 || (e.size() != 0 && type != FileType.FILE)) {
      return "size does not suit the type";
    } else if (m.device() != 0 && !isDevice) {
      return "device number does not suit the type";
    } else if ((m.permissions() & ~07777) != 0
        || m.mtimeNanos() < 0
        || m.mtimeNanos() > 999999999) {
      return "permissions or time out of range";
    } else if (m.uid() < 0 || m.uid() > U32_MAX || m.gid() < 0 || m.gid() > U32_MAX) {
      return "owner out of range";
    }
    return xattrFault(m.xattrs());
  }

  private static String xattrFault(SortedMap<Name, byte[]> xattrs) {
    if (xattrs.size() > 0xffff) {
      return "too many extended attributes";
    }
    for (Map.Entry<Name, byte[]> x : xattrs.entrySet()) {
      int length = x.getKey().length();
      if (length == 0 || length > XATTR_NAME_BYTES_MAX || x.getValue().length > XATTR_BYTES_MAX) {
        return "extended attribute out of range: " + x.getKey();
      }
    }
    return null;
  }

  private static boolean isAbsolute(Name path) {
    byte[] bytes = path.toBytes();
    if (bytes.length < 2 || bytes.length > PATH_BYTES_MAX || bytes[0] != '/') {
      return false;
    }
    for (int from = 1; from <= bytes.length; ) {
      int to = from;
      while (to < bytes.length && bytes[to] != '/') {
        to++;
      }
      if (!Name.of(java.util.Arrays.copyOfRange(bytes, from, to)).isComponent()) {
        return false;
      }
      from = to + 1;
    }
    return true;
  }

  static long encodedBytes(List<Entry> entries) {
    long bytes = Integer.BYTES;
    for (Entry e : entries) {
      bytes += FIXED_BYTES + e.name().length();
      bytes += e.type() == FileType.FILE ? Long.BYTES + Digest.BYTES : 0;
      bytes += e.type() == FileType.DIRECTORY ? Digest.BYTES : 0;
      bytes += e.type() == FileType.SYMLINK ? Short.BYTES + e.target().length() : 0;
      for (Map.Entry<Name, byte[]> x : e.metadata().xattrs().entrySet()) {
        bytes += Short.BYTES + x.getKey().length() + Integer.BYTES + x.getValue().length;
      }
    }
    return bytes;
  }

  static void encode(List<Entry> sorted, ByteBuffer to) {
    to.putInt(sorted.size());
    for (Entry e : sorted) {
      Metadata m = e.metadata();
      Fields.putName(to, e.name());
      to.putInt(m.type().bits() | m.permissions()).putInt((int) m.uid()).putInt((int) m.gid());
      to.putLong(m.mtimeSeconds()).putInt(m.mtimeNanos()).putLong(m.device()).putLong(e.link());
      if (e.type() == FileType.FILE) {
        to.putLong(e.size());
      }
      if (e.content() != null) {
        e.content().write(to);
      }
      if (e.target() != null) {
        Fields.putName(to, e.target());
      }
      to.putShort((short) m.xattrs().size());
      for (Map.Entry<Name, byte[]> x : m.xattrs().entrySet()) {
        Fields.putName(to, x.getKey());
        to.putInt(x.getValue().length).put(x.getValue());
      }
    }
  }

  /** The entries of an object of that kind; null if it is not one. */
  static List<Entry> decode(Kind kind, ByteBuffer from) {
    try {
      int count = from.getInt();
      if (count < 0
          || count > from.remaining() / FIXED_BYTES
          || (count == 0 && kind == Kind.ROOT)) {
        return null;
      }
      List<Entry> entries = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        Entry entry = entry(from);
        boolean ascending = i == 0 || entries.get(i - 1).name().compareTo(entry.name()) < 0;
        if (!ascending || fault(entry, kind) != null) {
          return null;
        }
        entries.add(entry);
      }
      return from.hasRemaining() ? null : Collections.unmodifiableList(entries);
    } catch (BufferUnderflowException | IllegalArgumentException malformed) {
      return null;
    }
  }

  private static Entry entry(ByteBuffer from) {
    Name name = Fields.name(from);
    int mode = from.getInt();
    FileType type = FileType.of(mode);
    long uid = from.getInt() & U32_MAX;
    long gid = from.getInt() & U32_MAX;
    long seconds = from.getLong();
    int nanos = from.getInt();
    long device = from.getLong();
    long link = from.getLong();
    long size = type == FileType.FILE ? from.getLong() : 0;
    boolean hasContent = type == FileType.FILE || type == FileType.DIRECTORY;
    Digest content = hasContent ? Digest.read(from) : null;
    Name target = type == FileType.SYMLINK ? Fields.name(from) : null;
    SortedMap<Name, byte[]> xattrs = xattrs(from);
    int permissions = mode & ~FileType.MASK;
    Metadata metadata = new Metadata(type, permissions, uid, gid, seconds, nanos, device, xattrs);
    return new Entry(name, metadata, size, content, target, link);
  }

  private static SortedMap<Name, byte[]> xattrs(ByteBuffer from) {
    int count = from.getShort() & 0xffff;
    if (count == 0) {
      return Metadata.NO_XATTRS;
    }
    SortedMap<Name, byte[]> xattrs = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      Name name = Fields.name(from);
      if (!xattrs.isEmpty() && xattrs.lastKey().compareTo(name) >= 0) {
        throw new IllegalArgumentException("extended attributes not in order");
      }
      int length = from.getInt();
      if (length < 0 || length > from.remaining()) {
        throw new BufferUnderflowException();
      }
      byte[] value = new byte[length];
      from.get(value);
      xattrs.put(name, value);
    }
    return Collections.unmodifiableSortedMap(xattrs);
  }
}
