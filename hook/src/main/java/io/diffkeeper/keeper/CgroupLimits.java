package io.diffkeeper.keeper;

import io.diffkeeper.config.Configuration;
import io.diffkeeper.log.Log;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Memory and processor time of the cgroup that the launcher puts all keepers in, in version 1 and 2
 * of the kernel's interface (cgroups(7)).
 */
final class CgroupLimits {
  private static final Path CGROUPS = Path.of("/sys/fs/cgroup");
  private static final String GROUP = "/diffkeeper";
  private static final long PERIOD_MICROS = 100_000;

  private CgroupLimits() {}

  /** Sets the limits as configured; says so if one that is wanted cannot be set. */
  static void apply(Configuration configuration, Log log) {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/cgroup"))) {
        String[] fields = line.split(":", 3); // 4:memory:/diffkeeper, or 0::/diffkeeper
        if (fields.length == 3 && fields[2].equals(GROUP)) {
          apply(fields[1], configuration, log);
        }
      }
    } catch (IOException e) {
      log.warning("limits: " + e.getMessage());
    }
  }

  private static void apply(String controllers, Configuration configuration, Log log) {
    long memory = configuration.memoryLimit();
    long micros = configuration.cpuLimit() * (PERIOD_MICROS / 100);
    Map<String, String> settings = new LinkedHashMap<>();
    Path group;
    if (controllers.isEmpty()) {
      group = Path.of(CGROUPS + GROUP);
      settings.put("memory.max", memory == 0 ? "max" : Long.toString(memory));
      settings.put("cpu.max", (micros == 0 ? "max" : micros) + " " + PERIOD_MICROS);
    } else {
      group = Path.of(CGROUPS + "/" + controllers + GROUP);
      settings.put("memory.limit_in_bytes", memory == 0 ? "-1" : Long.toString(memory));
      settings.put("cpu.cfs_quota_us", micros == 0 ? "-1" : Long.toString(micros));
    }
    settings.forEach((name, value) -> set(group.resolve(name), value, log));
  }

  private static void set(Path file, String value, Log log) {
    if (!Files.exists(file)) {
      return; // the controller is in another hierarchy
    }
    try {
      Files.write(file, List.of(value));
    } catch (IOException e) {
      log.warning("limit " + file + " = " + value + " cannot be set: " + e.getMessage());
    }
  }
}
