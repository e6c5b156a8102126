package io.diffkeeper.tree;

import java.util.Arrays;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What an entry has besides its content.
 *
 * @param type the entry's type
 * @param permissions the low 12 bits of st_mode: permissions, setuid, setgid, sticky
 * @param uid owner as the container sees it, 0 to 2^32-1
 * @param gid group as the container sees it, 0 to 2^32-1
 * @param mtimeSeconds modification time, seconds since the epoch, may be negative
 * @param mtimeNanos its nanoseconds, 0 to 999,999,999
 * @param device major and minor as st_rdev has them, for device nodes; else 0
 * @param xattrs extended attributes by name, POSIX ACLs among them; values are not to be changed
 */
public record Metadata(
    FileType type,
    int permissions,
    long uid,
    long gid,
    long mtimeSeconds,
    int mtimeNanos,
    long device,
    SortedMap<Name, byte[]> xattrs) {

  /** No extended attributes. */
  public static final SortedMap<Name, byte[]> NO_XATTRS =
      java.util.Collections.unmodifiableSortedMap(new TreeMap<>());

  @Override
  public boolean equals(Object other) {
    return other instanceof Metadata m
        && m.mtimeSeconds == mtimeSeconds
        && m.mtimeNanos == mtimeNanos
        && equalsButTime(m);
  }

  /** Whether all but the modification time is the same. */
  public boolean equalsButTime(Metadata m) {
    return m.type == type
        && m.permissions == permissions
        && m.uid == uid
        && m.gid == gid
        && m.device == device
        && sameXattrs(m.xattrs);
  }

  private boolean sameXattrs(Map<Name, byte[]> other) {
    return xattrs.size() == other.size()
        && xattrs.entrySet().stream()
            .allMatch(e -> Arrays.equals(e.getValue(), other.get(e.getKey())));
  }

  @Override
  public int hashCode() {
    return Long.hashCode(mtimeSeconds * 31 + mtimeNanos) * 31 + permissions;
  }
}
