package io.diffkeeper.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.User;
import io.diffkeeper.config.Configuration;
import io.diffkeeper.log.Log;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Control groups in trees of ordinary files.
 *
 * <pre>
 *   v2:      mount/cgroup.procs                   v1:  mount/cpu/cgroup.procs
 *            mount/cgroup.subtree_control              mount/cpuset/cgroup.procs
 *   systemd: mount/diffkeeper.slice/diffkeeper.service/
 * </pre>
 */
class CgroupsTest {
  @TempDir private Path scratch;
  private Path mount;
  private Path runDir;

  @BeforeEach
  void mount() throws IOException {
    mount = Files.createDirectories(scratch.resolve("cgroup"));
    runDir = scratch.resolve("run");
  }

  /** A group as the kernel makes it: with files in it. */
  private static Path group(Path folder, String... files) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("cgroup.procs"), "");
    for (String file : files) {
      Files.writeString(folder.resolve(file), "\n");
    }
    return folder;
  }

  private Configuration limits(String memory, String cpu) {
    return Configuration.defaults(User.current(), Map.of())
        .with("memory-limit", memory)
        .with("cpu-limit", cpu);
  }

  /** Systemd as a script that notes what it is told. */
  private Cgroups cgroups() {
    String script = "echo \"$@\" >> " + scratch + "/told";
    return new Cgroups(mount, new ServiceLimits(List.of("/bin/sh", "-c", script, "systemd")));
  }

  private List<String> noted() throws IOException {
    return Files.readAllLines(runDir.resolve("cgroups"));
  }

  private static void assertEntered(Path group) throws IOException {
    assertEquals("0", Files.readString(group.resolve("cgroup.procs")));
  }

  @Test
  void entersAGroupOfItsOwnWithoutSystemd() throws IOException {
    group(mount, "cgroup.subtree_control");
    Path group = group(mount.resolve("diffkeeper"));
    cgroups().settle(runDir);
    assertEntered(group);
    assertEquals(List.of(group.resolve("cgroup.procs").toString()), noted());
  }

  @Test
  void staysBelowTheServiceWhereSystemdRunsIt() throws IOException {
    group(mount);
    Path service = group(mount.resolve("diffkeeper.slice/diffkeeper.service"));
    Path group = group(service.resolve("keepers"));
    cgroups().settle(runDir);
    assertEntered(group);
    assertFalse(Files.exists(mount.resolve("diffkeeper")));
  }

  @Test
  void entersEveryHierarchyOfVersionOne() throws IOException {
    for (String controller : List.of("cpu,cpuacct", "memory")) {
      group(mount.resolve(controller));
      group(mount.resolve(controller).resolve("diffkeeper"));
    }
    Files.createSymbolicLink(mount.resolve("cpu"), Path.of("cpu,cpuacct"));
    cgroups().settle(runDir);
    assertEquals(2, noted().size(), noted()::toString);
    assertEntered(mount.resolve("memory/diffkeeper"));
  }

  @Test
  void staysOutOfAGroupThatItMayNotUse() throws IOException {
    group(mount);
    cgroups().settle(runDir); // a plain folder: there is no cgroup.procs in it
    assertEquals(List.of(), noted());
  }

  @Test
  void hasTheControllersAndSetsTheLimits() throws IOException {
    group(mount, "cgroup.subtree_control");
    Path group = group(mount.resolve("diffkeeper"), "memory.max", "cpu.max");
    cgroups().limit(limits("64m", "50"), Log.none());
    assertEquals("67108864", Files.readString(group.resolve("memory.max")));
    assertEquals("50000 100000", Files.readString(group.resolve("cpu.max")));
    String control = Files.readString(mount.resolve("cgroup.subtree_control"));
    assertTrue(control.startsWith("+cpu"), control); // written last, over +memory
  }

  @Test
  void takesLimitsAwayAgain() throws IOException {
    group(mount);
    Path group = group(mount.resolve("diffkeeper"), "memory.max");
    cgroups().limit(limits("0", "0"), Log.none());
    assertEquals("max", Files.readString(group.resolve("memory.max")));
  }

  /** Group and service, unified: with limits below, systemd could not start the service again. */
  @Test
  void hasSystemdLimitItsService() throws IOException {
    group(mount, "cgroup.controllers", "cgroup.subtree_control");
    Path service = mount.resolve("diffkeeper.slice/diffkeeper.service");
    group(service, "cgroup.subtree_control");
    Path keepers = group(service.resolve("keepers"), "memory.max", "cpu.max");
    cgroups().limit(limits("64m", "50"), Log.none());
    assertEquals(
        List.of("diffkeeper.service MemoryMax=67108864", "diffkeeper.service CPUQuota=50%"),
        Files.readAllLines(scratch.resolve("told")));
    assertEquals("", Files.readString(service.resolve("cgroup.subtree_control")).strip());
    assertEquals("", Files.readString(keepers.resolve("memory.max")).strip());
  }

  @Test
  void asksSystemdOnlyForWhatIsNotSet() throws IOException {
    group(mount, "cgroup.controllers");
    Path service = group(mount.resolve("diffkeeper.slice/diffkeeper.service"));
    Files.writeString(service.resolve("memory.max"), "max\n");
    Files.writeString(service.resolve("cpu.max"), "50000 100000\n");
    cgroups().limit(limits("0", "50"), Log.none());
    assertFalse(Files.exists(scratch.resolve("told")));
    cgroups().limit(limits("0", "0"), Log.none());
    assertEquals(
        List.of("diffkeeper.service CPUQuota="), Files.readAllLines(scratch.resolve("told")));
  }
}
