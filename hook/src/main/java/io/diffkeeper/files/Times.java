package io.diffkeeper.files;

/** What the times of changes on a file system tell. */
public enum Times {
  /** Every change takes a new one from the kernel: ext4, xfs and btrfs. */
  ALL,

  /**
   * The same, but a directory is given the time of what is linked to it or removed from it: tmpfs.
   */
  ALL_BUT_LISTS,

  /** Nothing is known of them: they may be given ones that were taken elsewhere. */
  SOME
}
