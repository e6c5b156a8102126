package io.diffkeeper.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class CgroupTest {
  private static final String PURE =
      "30 22 0:27 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate";
  private static final String V1 = "31 30 0:28 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu";
  private static final String HYBRID =
      "40 30 0:37 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw";

  @Test
  void isFoundInPureMode() {
    assertEquals(
        new Cgroup(Path.of("/sys/fs/cgroup/machine.slice/libpod-1.scope/container"), 3),
        Cgroup.of(
            Cgroup.UNIFIED, List.of("0::/machine.slice/libpod-1.scope/container"), List.of(PURE)));
  }

  @Test
  void isFoundInHybridMode() {
    assertEquals(
        new Cgroup(Path.of("/sys/fs/cgroup/unified/a"), 1),
        Cgroup.of(Cgroup.UNIFIED, List.of("4:memory:/other", "0::/a"), List.of(V1, HYBRID)));
  }

  @Test
  void levelCountsFromTheRootWhereOnlyAPartIsMounted() {
    String part = "40 30 0:37 /a /mnt/with\\040space rw - cgroup2 none rw";
    assertEquals(
        new Cgroup(Path.of("/mnt/with space/b"), 2),
        Cgroup.of(Cgroup.UNIFIED, List.of("0::/a/b"), List.of(part)));
    assertNull(Cgroup.of(Cgroup.UNIFIED, List.of("0::/other"), List.of(part)));
  }

  @Test
  void isNoneForTheRootOrAPlaceOutsideTheNamespace() {
    assertNull(Cgroup.of(Cgroup.UNIFIED, List.of("0::/"), List.of(HYBRID)));
    assertNull(Cgroup.of(Cgroup.UNIFIED, List.of("0::/../other"), List.of(HYBRID)));
  }

  @Test
  void isNoneWithoutAUnifiedHierarchy() {
    assertNull(Cgroup.of(Cgroup.UNIFIED, List.of("4:memory:/a"), List.of(V1)));
    assertNull(Cgroup.of(Cgroup.UNIFIED, List.of("0::/a"), List.of(V1)));
  }

  @Test
  void isFoundInTheHierarchyOfAController() {
    List<String> mounts =
        List.of(V1, "35 30 0:33 / /sys/fs/cgroup/freezer rw - cgroup cgroup rw,freezer", HYBRID);
    List<String> membership = List.of("5:freezer:/a/b", "3:cpu,cpuacct:/c", "0::/d");
    assertEquals(
        new Cgroup(Path.of("/sys/fs/cgroup/freezer/a/b"), 2),
        Cgroup.of("freezer", membership, mounts));
    assertEquals(
        new Cgroup(Path.of("/sys/fs/cgroup/cpu/c"), 1), Cgroup.of("cpu", membership, mounts));
    assertNull(Cgroup.of("memory", membership, mounts));
  }
}
