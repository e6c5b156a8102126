package io.diffkeeper.bpf;

/** Where dirty inodes are told. Called on the thread that drains, and not after that returns. */
public interface DirtySink {
  /**
   * An inode has changed in content, metadata or, for a directory, entries.
   *
   * <p>Of a pair on overlay, both the upper file system's inode and the overlay's are told. Numbers
   * of inodes outside what the caller keeps come too, and may coincide with kept ones; so an event
   * is a reason to look, not a proof of change.
   *
   * @param inode the inode's number, unsigned
   * @param parentInode number of the directory that holds one of its names; 0 if the source does
   *     not know. A file that is just being made is not told, its directory is
   * @param writer who changed it, or was the first to do so since the last event of it; null if the
   *     source does not know
   */
  void dirty(long inode, long parentInode, Writer writer);

  /**
   * What a directory has under a name has changed in content or metadata.
   *
   * @param directoryInode number of the directory
   * @param name the name's bytes
   * @param writer as above
   */
  void dirtyEntry(long directoryInode, byte[] name, Writer writer);

  /**
   * Events were lost: everything may be dirty, so rescan.
   *
   * @param count how many at most, at least 1
   */
  void lost(long count);
}
