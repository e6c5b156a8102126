package io.diffkeeper.keeper;

import io.diffkeeper.config.Configuration;
import io.diffkeeper.log.Log;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The control groups that all keepers live in, so that none dies with its container's, in version 1
 * and 2 of the kernel's interface (cgroups(7)): one in each hierarchy, below {@code
 * diffkeeper.service} where systemd has given that away, else {@code /diffkeeper}.
 *
 * <p>The first keeper makes them, enters them and writes down where they are; the launcher reads
 * that and puts all others there before they become Java processes. Where it is not allowed (a
 * user's keepers), they stay where they were started.
 */
final class Cgroups {
  private static final Path MOUNT = Path.of("/sys/fs/cgroup");
  private static final String PLAIN = "diffkeeper";
  private static final String SERVICE = "diffkeeper.slice/diffkeeper.service";
  private static final String DELEGATED = SERVICE + "/keepers";
  private static final String PROCESSES = "cgroup.procs";
  private static final long PERIOD_MICROS = 100_000;

  private final Path mount;

  /** Those of this host. */
  Cgroups() {
    this(MOUNT);
  }

  /**
   * Those of another tree, for tests.
   *
   * @param mount where the one hierarchy is mounted, or the folder of all of them
   */
  Cgroups(Path mount) {
    this.mount = mount;
  }

  /** Whether this process is in its groups, as far as {@code /proc/self/cgroup} tells. */
  private static boolean entered() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/cgroup")).stream()
        .anyMatch(line -> line.endsWith("/" + DELEGATED) || line.endsWith(":/" + PLAIN));
  }

  /** Enters the groups, unless the launcher has put this process there. */
  void enter(Path runDir, Log log) {
    try {
      if (!entered()) {
        settle(runDir);
      }
    } catch (IOException e) {
      log.warning("cgroups: " + e.getMessage());
    }
  }

  /** Makes the groups, moves this process there, and writes down where they are. */
  void settle(Path runDir) throws IOException {
    List<String> entered = new ArrayList<>();
    for (Path hierarchy : hierarchies()) {
      Path group = group(hierarchy);
      try {
        make(hierarchy, group);
        put(group.resolve(PROCESSES), "0"); // 0 is the writer itself, in whatever pid namespace
        entered.add(group.resolve(PROCESSES).toString());
      } catch (IOException notAllowed) {
        // A user's keeper; or there is no such controller for this part of the tree.
      }
    }
    Files.createDirectories(
        runDir, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Path fresh = runDir.resolve("cgroups." + ProcessHandle.current().pid());
    Files.write(fresh, entered);
    Files.move(fresh, runDir.resolve("cgroups"), StandardCopyOption.ATOMIC_MOVE);
  }

  private List<Path> hierarchies() throws IOException {
    if (Files.exists(mount.resolve(PROCESSES))) {
      return List.of(mount);
    }
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(mount)) {
      for (Path folder : folders) { // cpu is a link to cpu,cpuacct
        if (Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
            && Files.exists(folder.resolve(PROCESSES))) {
          found.add(folder);
        }
      }
    }
    return found;
  }

  private static Path group(Path hierarchy) {
    boolean delegated = Files.isDirectory(hierarchy.resolve(SERVICE));
    return hierarchy.resolve(delegated ? DELEGATED : PLAIN);
  }

  private static void make(Path hierarchy, Path group) throws IOException {
    if (Files.isDirectory(group)) {
      return;
    }
    Files.createDirectory(group);
    // A new cpuset of version 1 has no processors and no memory nodes, and takes no process so.
    for (String setting : List.of("cpuset.cpus", "cpuset.mems")) {
      Path own = group.resolve(setting);
      if (!Files.exists(hierarchy.resolve("cgroup.controllers"))
          && Files.exists(own)
          && Files.readString(own).isBlank()) {
        put(own, Files.readString(group.resolveSibling(setting)).strip());
      }
    }
  }

  /** Sets the limits as configured; says so if one that is wanted cannot be set. */
  void limit(Configuration configuration, Log log) {
    long memory = configuration.memoryLimit();
    long micros = configuration.cpuLimit() * (PERIOD_MICROS / 100);
    Map<String, String> memoryLimit = new LinkedHashMap<>();
    memoryLimit.put("memory.max", memory == 0 ? "max" : Long.toString(memory));
    memoryLimit.put("memory.limit_in_bytes", memory == 0 ? "-1" : Long.toString(memory));
    Map<String, String> cpuLimit = new LinkedHashMap<>();
    cpuLimit.put("cpu.max", (micros == 0 ? "max" : micros) + " " + PERIOD_MICROS);
    cpuLimit.put("cpu.cfs_quota_us", micros == 0 ? "-1" : Long.toString(micros));
    limit("memory", memoryLimit, memory > 0, log);
    limit("cpu", cpuLimit, micros > 0, log);
  }

  private void limit(String controller, Map<String, String> settings, boolean wanted, Log log) {
    Optional<String> failure = Optional.of("no cgroup has the controller");
    try {
      for (Path hierarchy : hierarchies()) {
        Path group = group(hierarchy);
        if (wanted) {
          enable(controller, group);
        }
        for (Map.Entry<String, String> setting : settings.entrySet()) {
          Path file = group.resolve(setting.getKey());
          if (Files.exists(file)) {
            put(file, setting.getValue());
            failure = Optional.empty();
          }
        }
      }
    } catch (IOException e) {
      failure = Optional.of(e.getMessage());
    }
    if (wanted && failure.isPresent()) {
      log.warning(controller + "-limit cannot be set: " + failure.get());
    }
  }

  /** Version 2 hands a controller down only where it is told to. */
  private static void enable(String controller, Path group) {
    try {
      put(group.resolveSibling("cgroup.subtree_control"), "+" + controller);
    } catch (IOException otherVersion) {
      // What cannot be had is missed when the limit is set.
    }
  }

  private static void put(Path file, String value) throws IOException {
    Files.write(file, value.getBytes(StandardCharsets.US_ASCII), StandardOpenOption.WRITE);
  }
}
