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

  /** The source's name on the ladder: "bpf-timestamps" or "scan". */
  String name();

  /**
   * A descriptor that poll(2) finds readable when events may wait; it belongs to the source.
   *
   * @return -1 if there is none, as this source sees nothing by itself: look periodically
   */
  int pollFd();

  /** Delivers everything that waits, then any loss. Never blocks. */
  void drain(DirtySink sink);

  /** Ends the watch and frees the kernel's side of it. Further calls do nothing. */
  @Override
  void close();
}
