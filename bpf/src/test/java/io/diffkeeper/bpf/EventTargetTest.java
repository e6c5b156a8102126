package io.diffkeeper.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class EventTargetTest {
  @Test
  void isTheCgroupOfAProcessThatHasOne() throws IOException {
    assumeTrue(Files.isWritable(Path.of("/sys/fs/cgroup")), "cgroups can only be made by root");
    try (TestCgroup cgroup = TestCgroup.fresh("target");
        TestCgroup child = cgroup.child("child")) {
      try (Command command = child.parked("true")) {
        EventTarget target = EventTarget.of(command.pid());
        assertEquals(child.target().cgroupId(), target.cgroupId());
        assertEquals(ownMountNamespace(), target.mountNamespace());
        command.release();
        command.end();
      }
    }
  }

  @Test
  void isTheMountNamespaceOfAProcessInTheRoot() throws IOException {
    assumeTrue(
        Files.readAllLines(Path.of("/proc/self/cgroup")).contains("0::/"),
        "the test itself has a cgroup");
    assertEquals(
        new EventTarget(0, ownMountNamespace()), EventTarget.of(ProcessHandle.current().pid()));
  }

  @Test
  void failsForAProcessThatIsNotThere() {
    assertThrows(UncheckedIOException.class, () -> EventTarget.of(Integer.MAX_VALUE));
  }

  private static long ownMountNamespace() {
    String link = Command.run("readlink", "/proc/self/ns/mnt");
    return Long.parseLong(link.replaceAll("[^0-9]", ""));
  }
}
