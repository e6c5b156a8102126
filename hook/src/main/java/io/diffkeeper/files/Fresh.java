package io.diffkeeper.files;

import io.diffkeeper.sys.Stat;
import io.diffkeeper.sys.SyscallException;
import io.diffkeeper.tree.Name;

/**
 * What a new file in one directory has before anything is set: known beforehand, it need not be
 * set, nor looked for.
 *
 * @param uid the owner, as the host sees it
 * @param gid the group
 * @param umask permissions that a new file does not get
 */
public record Fresh(long uid, long gid, int umask) {
  private static final Name PROBE = Name.of("probe");
  private static final int ALL = 0777;
  private static final int PRIVATE = 0700;

  /**
   * Makes an empty directory of our own one in which new entries inherit nothing, and finds out
   * what they have.
   */
  public static Fresh in(Dir dir) throws SyscallException {
    for (Name inherited : dir.inode().xattrs().keySet()) {
      dir.inode().removeXattr(inherited);
    }
    dir.inode().setPermissions(PRIVATE); // without the set-group-id bit
    try (Inode probe = dir.createFile(PROBE, ALL)) {
      Stat stat = probe.stat();
      return new Fresh(stat.uid(), stat.gid(), ALL & ~stat.mode());
    } finally {
      dir.remove(PROBE);
    }
  }

  /** What a file has that was created with these permissions. */
  int permissions(int asked) {
    return asked & ALL & ~umask;
  }
}
