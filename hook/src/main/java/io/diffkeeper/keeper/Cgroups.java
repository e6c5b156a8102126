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
 * user's keepers), they stay where they were started. Their limits are the group's, or, in version
 * 2 below {@code diffkeeper.service}, that service's: {@link ServiceLimits}.
 */
final class Cgroups {
  private static final Path MOUNT = Path.of("/sys/fs/cgroup");
  private static final String PLAIN = "diffkeeper";
  private static final String SERVICE = "diffkeeper.slice/diffkeeper.service";
  private static final String DELEGATED = SERVICE + "/keepers";
  private static final String PROCESSES = "cgroup.procs";
  private static final String NOTED = "cgroups";
  private static final String NONE = "max";
  private static final long PERIOD_MICROS = 100_000;
  private static final long PAGE_BYTES = 4096;

  private final Path mount;
  private final ServiceLimits service;

  /** Those of this host. */
  Cgroups() {
    this(MOUNT, new ServiceLimits());
  }

  /**
   * Those of another tree, for tests.
   *
   * @param mount where the one hierarchy is mounted, or the folder of all of them
   */
  Cgroups(Path mount, ServiceLimits service) {
    this.mount = mount;
    this.service = service;
  }

  /** Whether this process is in all groups that are noted down. */
  private static boolean entered(Path runDir) throws IOException {
    Path noted = runDir.resolve(NOTED);
    if (!Files.exists(noted)) {
      return false;
    }
    long ours =
        Files.readAllLines(Path.of("/proc/self/cgroup")).stream()
            .filter(line -> line.endsWith("/" + DELEGATED) || line.endsWith(":/" + PLAIN))
            .count();
    return ours > 0 && ours >= Files.readAllLines(noted).size();
  }

  /** Enters the groups, unless the launcher has put this process there. */
  void enter(Path runDir, Log log) {
    try {
      if (!entered(runDir)) {
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
    Path fresh = runDir.resolve(NOTED + "." + ProcessHandle.current().pid());
    Files.write(fresh, entered);
    Files.move(fresh, runDir.resolve(NOTED), StandardCopyOption.ATOMIC_MOVE);
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
    return hierarchy.resolve(isDelegated(hierarchy) ? DELEGATED : PLAIN);
  }

  private static boolean isDelegated(Path hierarchy) {
    return Files.isDirectory(hierarchy.resolve(SERVICE));
  }

  private static boolean isUnified(Path hierarchy) {
    return Files.exists(hierarchy.resolve("cgroup.controllers"));
  }

  private static void make(Path hierarchy, Path group) throws IOException {
    if (Files.isDirectory(group)) {
      return;
    }
    Files.createDirectory(group);
    // A new cpuset of version 1 has no processors and no memory nodes, and takes no process so.
    for (String setting : List.of("cpuset.cpus", "cpuset.mems")) {
      Path own = group.resolve(setting);
      if (!isUnified(hierarchy) && Files.exists(own) && Files.readString(own).isBlank()) {
        put(own, Files.readString(group.resolveSibling(setting)).strip());
      }
    }
  }

  /**
   * One limit: what it is called and set to.
   *
   * @param controller that the kernel has for it
   * @param files settings of a group and their values: of version 2, then of version 1
   * @param property the service's, and its value
   */
  private record Limit(
      String controller, boolean wanted, Map<String, String> files, String property) {}

  private static Limit memory(long bytes) {
    Map<String, String> files = new LinkedHashMap<>();
    files.put("memory.max", bytes == 0 ? NONE : Long.toString(bytes / PAGE_BYTES * PAGE_BYTES));
    files.put("memory.limit_in_bytes", bytes == 0 ? "-1" : Long.toString(bytes));
    String property = "MemoryMax=" + (bytes == 0 ? "infinity" : Long.toString(bytes));
    return new Limit("memory", bytes > 0, files, property);
  }

  private static Limit cpu(long percent) {
    long micros = percent * (PERIOD_MICROS / 100);
    Map<String, String> files = new LinkedHashMap<>();
    files.put("cpu.max", (micros == 0 ? NONE : micros) + " " + PERIOD_MICROS);
    files.put("cpu.cfs_quota_us", micros == 0 ? "-1" : Long.toString(micros));
    String property = "CPUQuota=" + (percent == 0 ? "" : percent + "%");
    return new Limit("cpu", micros > 0, files, property);
  }

  /** Sets the limits as configured; says so if one that is wanted cannot be set. */
  void limit(Configuration configuration, Log log) {
    for (Limit limit :
        List.of(memory(configuration.memoryLimit()), cpu(configuration.cpuLimit()))) {
      Optional<String> failure = Optional.of("no cgroup has the controller");
      try {
        for (Path hierarchy : hierarchies()) {
          if (set(hierarchy, limit)) {
            failure = Optional.empty();
          }
        }
      } catch (IOException e) {
        failure = Optional.of(e.getMessage());
      }
      if (limit.wanted() && failure.isPresent()) {
        log.warning(limit.controller() + "-limit cannot be set: " + failure.get());
      }
    }
  }

  /** Whether the hierarchy has the controller, and so the limit. */
  private boolean set(Path hierarchy, Limit limit) throws IOException {
    if (isUnified(hierarchy) && isDelegated(hierarchy)) {
      return setByService(hierarchy.resolve(SERVICE), limit);
    }
    Path group = group(hierarchy);
    if (limit.wanted()) {
      enable(limit.controller(), group);
    }
    boolean found = false;
    for (Map.Entry<String, String> setting : limit.files().entrySet()) {
      Path file = group.resolve(setting.getKey());
      if (Files.exists(file)) {
        put(file, setting.getValue());
        found = true;
      }
    }
    return found;
  }

  private boolean setByService(Path group, Limit limit) throws IOException {
    Map.Entry<String, String> setting = limit.files().entrySet().iterator().next();
    Path file = group.resolve(setting.getKey());
    if (Files.exists(file) ? !isSet(file, setting.getValue()) : limit.wanted()) {
      service.set(limit.property());
    }
    if (Files.exists(file) && !isSet(file, setting.getValue())) {
      throw new IOException(file + " stays " + Files.readString(file).strip());
    }
    return Files.exists(file);
  }

  private static boolean isSet(Path file, String value) throws IOException {
    return Files.readString(file).strip().equals(value);
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
