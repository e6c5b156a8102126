package io.diffkeeper.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.log.Log;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A process in a cgroup of its own, in both versions of the kernel's interface. */
class CgroupFreezerTest {
  private static final String NAME = "diffkeeper-freezer-" + ProcessHandle.current().pid();

  /** The hierarchies of this host in which a cgroup can be frozen. */
  static Stream<Path> hierarchies() {
    return Stream.of("/sys/fs/cgroup/unified", "/sys/fs/cgroup", "/sys/fs/cgroup/freezer")
        .map(Path::of)
        .filter(path -> Files.isWritable(path.resolve("cgroup.procs")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("hierarchies")
  void stopsAndResumesAProcess(Path hierarchy) throws Exception {
    Path cgroup = Files.createDirectory(hierarchy.resolve(NAME));
    Process counter =
        new ProcessBuilder("sh", "-c", "i=0; while true; do i=$((i+1)); echo $i; done").start();
    try (var lines = counter.inputReader()) {
      Files.writeString(cgroup.resolve("cgroup.procs"), Long.toString(counter.pid()));
      try (CgroupFreezer freezer = CgroupFreezer.of(counter.pid(), Log.none())) {
        lines.readLine();
        assertTrue(freezer.freeze());
        assertFalse(freezer.freeze(), "somebody else has frozen it already");
        freezer.thaw();
        assertTrue(freezer.freeze(), "again");
        while (lines.ready()) {
          lines.read(); // what it had written before it was stopped
        }
        assertEquals(0, counter.getInputStream().available());
        freezer.thaw();
        lines.readLine();
        assertFalse(lines.readLine().isEmpty(), "it goes on");
      }
    } finally {
      counter.destroyForcibly().waitFor();
      remove(cgroup);
    }
  }

  private static void remove(Path cgroup) throws IOException {
    IOException last = null;
    for (int i = 0; i < 10_000; i++) {
      try {
        Files.delete(cgroup);
        return;
      } catch (IOException busy) {
        last = busy; // its process has ended, and is about to leave
        Thread.onSpinWait();
      }
    }
    throw last;
  }

  @Test
  void refusesToFreezeItself() throws IOException {
    assumeTrue(
        Files.readAllLines(Path.of("/proc/self/cgroup")).contains("0::/"),
        "the test itself has a cgroup");
    DiffKeeperException e =
        assertThrows(
            DiffKeeperException.class,
            () -> CgroupFreezer.of(ProcessHandle.current().pid(), Log.none()));
    assertEquals(ExitCode.ATTACH_FAILED, e.exitCode());
  }
}
