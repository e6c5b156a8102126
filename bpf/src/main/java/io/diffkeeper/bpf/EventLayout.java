package io.diffkeeper.bpf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The layouts of diffkeeper.h, which draws them. In the machine's byte order. LayoutTest compares
 * the two.
 */
final class EventLayout {
  static final int EVENT_BYTES = 24;
  static final int EVENT_INODE = 0;
  static final int EVENT_PARENT = 8;
  static final int EVENT_DEVICE = 16;
  static final int EVENT_KIND = 20;

  static final int SETTINGS_BYTES = 24;
  static final int SETTINGS_CGROUP = 0;
  static final int SETTINGS_MOUNT_NAMESPACE = 8;
  static final int SETTINGS_LEVEL = 12;
  static final int SETTINGS_OWN_PROCESS = 16;

  private EventLayout() {}

  /**
   * The settings that watch a target.
   *
   * @param ownProcess process id, as the initial namespace has it, that is not watched; 0: none
   */
  static byte[] settings(EventTarget target, long ownProcess) {
    byte[] bytes = new byte[SETTINGS_BYTES];
    ByteBuffer.wrap(bytes)
        .order(ByteOrder.nativeOrder())
        .putLong(SETTINGS_CGROUP, target.cgroupId())
        .putInt(SETTINGS_MOUNT_NAMESPACE, (int) target.mountNamespace())
        .putInt(SETTINGS_LEVEL, target.cgroupLevel())
        .putInt(SETTINGS_OWN_PROCESS, (int) ownProcess);
    return bytes;
  }

  /** Tells the sink of one event. */
  static void tell(ByteBuffer event, DirtySink sink) {
    sink.dirty(event.getLong(EVENT_INODE), event.getLong(EVENT_PARENT));
  }
}
