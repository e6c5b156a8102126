package io.diffkeeper.bpf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** When processes were started, which tells those apart that had the same number. */
public final class ProcessAge {
  private static final int FIELDS_BEFORE = 19; // after the name, which may hold anything

  private ProcessAge() {}

  /**
   * Field 22 of /proc/PID/stat, in ticks since boot, see proc(5); -1 if there is no such process.
   */
  public static long started(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      return Long.parseLong(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[FIELDS_BEFORE]);
    } catch (IOException gone) {
      return -1;
    }
  }
}
