package io.diffkeeper.bpf.notify;

/**
 * Watches on single directories: what changes in their lists and in the files that they list. Not
 * thread-safe; to be closed by whoever opened it.
 */
public interface Watches extends AutoCloseable {
  /** Where changes are told. Directories are named by what they were added with. */
  interface Listener {
    /**
     * The list of a directory, or the directory itself, has changed.
     *
     * @param pid of the process, as this one numbers it; 0 if that is not known
     */
    void directory(long inode, int pid);

    /** What a directory has under a name has changed. */
    void entry(long inode, byte[] name, int pid);

    /** Events were lost. */
    void lost();
  }

  /** A descriptor that poll(2) finds readable while changes wait. */
  int pollFd();

  /**
   * Watches a directory from now on; if it is watched already, nothing changes.
   *
   * @param directory an open descriptor, which may be closed afterwards
   * @param inode how the directory is named to the listener
   * @return false if the kernel does not allow it or cannot do it here
   */
  boolean add(int directory, long inode);

  /** Tells everything that waits. Never blocks. */
  void read(Listener listener);

  /** Ends all watches. Further calls do nothing. */
  @Override
  void close();
}
