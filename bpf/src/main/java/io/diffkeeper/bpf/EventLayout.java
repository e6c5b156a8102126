package io.diffkeeper.bpf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The layouts of diffkeeper.h and containers.h, which draw them. In the machine's byte order.
 * LayoutTest compares the two sides.
 */
final class EventLayout {
  static final int EVENT_BYTES = 40;
  static final int EVENT_INODE = 0;
  static final int EVENT_PARENT = 8;
  static final int EVENT_PROCESS = 16;
  static final int EVENT_KIND = 20;
  static final int EVENT_COMMAND = 24;
  static final int COMMAND_BYTES = 16;

  static final int TARGET_BYTES = 32;
  static final int TARGET_LOST = 0;
  static final int TARGET_WATCHER = 8;
  static final int TARGET_STARTED = 16;
  static final int TARGET_RING = 24;

  /** Watched cgroups are no deeper than this; the root's level is 0. */
  static final int LEVEL_MAX = 16;

  /** Keys of what the programs are told. */
  static final int SETTING_MOMENT = 0;

  static final int SETTING_NAMESPACES = 1;

  static final int CONTAINER_BYTES = 536;
  static final int CONTAINER_CGROUP = 0;
  static final int CONTAINER_KIND = 8;
  static final int CONTAINER_PROCESS = 12;
  static final int CONTAINER_LENGTH = 16;
  static final int CONTAINER_PATH = 20;
  static final int CONTAINER_PATH_BYTES = 512;

  /** Kinds of a container's events. */
  static final int CGROUP_MADE = 1;

  static final int PROGRAM_STARTED = 2;

  private EventLayout() {}

  /** The key of a target in the maps. */
  static long key(EventTarget target) {
    return target.cgroupId() != 0 ? target.cgroupId() : Long.MIN_VALUE | target.mountNamespace();
  }

  /** Whether a target's key stands for a mount namespace. */
  static boolean isNamespace(long key) {
    return key < 0;
  }

  /** The entry of a target that this process watches, whose events go to that ring. */
  static byte[] target(long ring) {
    // In a process namespace the number may be another's in the kernel's eyes: then none.
    long watcher = Namespaces.isInitial("pid") ? ProcessHandle.current().pid() : 0;
    byte[] bytes = new byte[TARGET_BYTES];
    ByteBuffer.wrap(bytes)
        .order(ByteOrder.nativeOrder())
        .putInt(TARGET_WATCHER, (int) watcher)
        .putLong(TARGET_STARTED, watcher == 0 ? 0 : ProcessAge.started(watcher))
        .putLong(TARGET_RING, ring);
    return bytes;
  }

  /** Whether a target's watcher lives, as far as can be told from here. */
  static boolean isWatched(ByteBuffer target) {
    int watcher = target.getInt(TARGET_WATCHER);
    return watcher == 0
        || !Namespaces.isInitial("pid")
        || ProcessAge.started(watcher) == target.getLong(TARGET_STARTED);
  }

  /** Tells the sink of one event. */
  static void tell(ByteBuffer event, DirtySink sink) {
    byte[] command = new byte[COMMAND_BYTES];
    event.get(EVENT_COMMAND, command);
    Writer writer = Writer.of(event.getInt(EVENT_PROCESS), command, true);
    sink.dirty(event.getLong(EVENT_INODE), event.getLong(EVENT_PARENT), writer);
  }
}
