package io.diffkeeper.sys;

import java.nio.ByteBuffer;

/**
 * What statx(2) tells of an inode. Times are seconds and nanoseconds since the epoch, sizes bytes,
 * blocks of 512 bytes, uid and gid as the host sees them. The time of birth is 0 where the file
 * system does not tell it.
 */
public record Stat(
    int mode,
    int nlink,
    long uid,
    long gid,
    long inode,
    long device,
    long rdev,
    long size,
    long blocks,
    long mtimeSeconds,
    int mtimeNanos,
    long ctimeSeconds,
    int ctimeNanos,
    long birthSeconds,
    int birthNanos,
    long mountId) {

  static final int BYTES = 256;
  static final int BASIC_STATS_BIRTH_AND_MOUNT = 0x7ff | 0x800 | 0x1000;

  /** Decodes struct statx of include/uapi/linux/stat.h, in native byte order. */
  static Stat decode(ByteBuffer b) {
    return new Stat(
        b.getShort(28) & 0xffff,
        b.getInt(16),
        b.getInt(20) & 0xffffffffL,
        b.getInt(24) & 0xffffffffL,
        b.getLong(32),
        pair(b.getInt(136), b.getInt(140)),
        pair(b.getInt(128), b.getInt(132)),
        b.getLong(40),
        b.getLong(48),
        b.getLong(112),
        b.getInt(120),
        b.getLong(96),
        b.getInt(104),
        b.getLong(80),
        b.getInt(88),
        b.getLong(144));
  }

  private static long pair(int major, int minor) {
    return (long) major << 32 | minor & 0xffffffffL;
  }

  /** Whether nothing that a change of content or metadata touches is different. */
  public boolean unchangedSince(Stat before) {
    return inode == before.inode
        && ctimeSeconds == before.ctimeSeconds
        && ctimeNanos == before.ctimeNanos
        && mtimeSeconds == before.mtimeSeconds
        && mtimeNanos == before.mtimeNanos
        && size == before.size
        && mode == before.mode;
  }

  /** Whether this is known to be the same inode, whatever changed: numbers are given again. */
  public boolean isSameInode(Stat before) {
    return inode == before.inode
        && birthSeconds == before.birthSeconds
        && birthNanos == before.birthNanos
        && birthSeconds != 0;
  }

  /** Major number of a device node. */
  public static int major(long device) {
    return (int) (device >>> 32);
  }

  /** Minor number of a device node. */
  public static int minor(long device) {
    return (int) device;
  }
}
