package io.diffkeeper.bpf;

/**
 * Tells which inodes a target changes, from the moment it is open.
 *
 * <p>Not for use by several threads at once; owned by whoever opened it, who closes it.
 */
public interface EventSource extends AutoCloseable {
  /**
   * Watches another target from now on. When this returns, the target's changes are told.
   *
   * <p>A process that is started ahead of need opens its source with {@link EventTarget#NONE},
   * which takes a tenth of a second; to turn it to a container then takes microseconds.
   */
  default void watch(EventTarget target) {}

  /** The source's name on the ladder, for example "bpf-timestamps" or "scan". */
  String name();

  /** Why no better source is used, for people, in a line; empty if there is none better. */
  default String shortfall() {
    return "";
  }

  /**
   * A descriptor that poll(2) finds readable when events may wait; it belongs to the source.
   *
   * @return -1 if there is none, as this source sees nothing by itself: look periodically
   */
  int pollFd();

  /**
   * Whether it tells every change; if not, the caller has to compare metadata from time to time.
   */
  boolean isComplete();

  /**
   * The caller is about to list a directory. A source that watches directory by directory watches
   * it from now on, so that what the list does not show yet is told.
   *
   * @param directory an open descriptor
   * @param inode the directory's number, as it is to be told
   * @return false if it cannot be watched: then it is as if the source were the scan
   */
  default boolean enter(int directory, long inode) {
    return true;
  }

  /**
   * Whether it tells of changes through an overlay by the numbers of the upper layer's inodes;
   * those of the overlay's own come only if the source is wide.
   */
  default boolean tellsUpper() {
    return false;
  }

  /**
   * The caller is about to list a directory of an overlay whose upper layer is a tmpfs: what is
   * linked to it and removed from it makes no event of its own there, as that is given another
   * inode's time. A source that {@link #tellsUpper} tells of it from now on.
   *
   * @param directory an open descriptor
   * @param inode the directory's number, as it is to be told
   * @return false if that cannot be had: then the source has to be {@link #widen wide}
   */
  default boolean followList(int directory, long inode) {
    return true;
  }

  /**
   * Tells from now on what changes on every file system, and not only on ext4, xfs, btrfs and
   * tmpfs. This may cost whoever writes on an overlay of this host, so it is for who needs it.
   *
   * @return false if that cannot be had: then the source is not complete any more
   */
  default boolean widen() {
    return true;
  }

  /** Ends what {@link #widen} began: nothing on such a file system is kept any more. */
  default void narrow() {}

  /** Delivers everything that waits, then any loss. Never blocks. */
  void drain(DirtySink sink);

  /** Ends the watch and frees the kernel's side of it. Further calls do nothing. */
  @Override
  void close();
}
