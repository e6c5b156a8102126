package io.diffkeeper.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A /proc in which engines' processes wait for containers:
 *
 * <pre>
 *   1 ── 10 conmon ── 20 crun ── 30 the container
 *     ── 40 containerd-shim ── 50 the sandbox, 60 a container beside it
 * </pre>
 */
class RunningTest {
  @TempDir Path scratch;

  private Path bundle;
  private ProcessTable processes;

  @BeforeEach
  void begin() throws IOException {
    processes = new ProcessTable(scratch.resolve("proc"));
    bundle = Files.createDirectories(scratch.resolve("c1/userdata"));
    process("self", 1, "mnt:[1]", "java");
    process("10", 1, "mnt:[1]", conmon("c1"));
    process("20", 10, "mnt:[1]", "/usr/bin/crun", "create");
    process("30", 20, "mnt:[2]", "sh");
  }

  private String[] conmon(String id) {
    String words =
        "/usr/bin/conmon --api-version 1 -c %s -b %s -p %s -n web --exit-dir %s --syslog"
            .formatted(id, bundle, bundle.resolve("pidfile"), scratch.resolve("exits"));
    return words.split(" ");
  }

  private void process(String pid, int parent, String mounts, String... words) throws IOException {
    Path folder = Files.createDirectories(processes.proc().resolve(pid).resolve("ns"));
    Files.createSymbolicLink(folder.resolve("mnt"), Path.of(mounts));
    Files.createSymbolicLink(folder.resolve("pid"), Path.of("pid:[1]"));
    Files.createSymbolicLink(folder.resolveSibling("exe"), Path.of(words[0]).getFileName());
    Files.writeString(folder.resolveSibling("cmdline"), String.join("\0", words) + "\0");
    Files.writeString(folder.resolveSibling("stat"), pid + " (a) b) S " + parent + " 1 1 0");
  }

  private void work(String pid, Path folder) throws IOException {
    Files.createSymbolicLink(processes.proc().resolve(pid).resolve("cwd"), folder);
  }

  private static Path sandbox(Path folder, String id, int pid) throws IOException {
    Path made = Files.createDirectories(folder.resolve(id));
    Files.writeString(made.resolve("init.pid"), Integer.toString(pid));
    return made;
  }

  @Test
  void aContainersConmonIsAboveIt() throws IOException {
    Conmon conmon = Conmon.above(processes, 30).orElseThrow();
    assertEquals("c1", conmon.id());
    assertEquals(bundle, conmon.bundle());
    assertEquals(OptionalInt.empty(), conmon.exitCode());
    Files.createDirectory(scratch.resolve("exits"));
    Files.writeString(scratch.resolve("exits/c1"), "137");
    assertEquals(OptionalInt.of(137), conmon.exitCode());
    assertEquals(Optional.empty(), Conmon.above(processes, 99));
  }

  @Test
  void aContainersOwnConmonIsNotBelieved() throws IOException {
    process("11", 1, "mnt:[3]", conmon("c2"));
    process("31", 11, "mnt:[3]", "sh");
    assertEquals(Optional.empty(), Conmon.above(processes, 31));
    Files.writeString(bundle.resolve("pidfile"), "31");
    assertEquals(List.of(), Running.all(processes));
  }

  @Test
  void runsWhatIsTheChildOfWhoWaitsForIt() throws IOException {
    Files.writeString(bundle.resolve("pidfile"), "20");
    assertEquals(List.of(new Running("c1", "web", 20, bundle)), Running.all(processes));
    Files.writeString(bundle.resolve("pidfile"), "50");
    assertEquals(List.of(), Running.all(processes), "its number is another process's by now");
  }

  @Test
  void aShimsContainersAreBesideItsSandbox() throws IOException {
    Path folder = scratch.resolve("k8s.io");
    process("40", 1, "mnt:[1]", "/usr/bin/containerd-shim-runc-v2", "-id", "s1");
    process("50", 40, "mnt:[2]", "pause");
    process("60", 40, "mnt:[3]", "sh");
    process("70", 60, "mnt:[3]", "sh");
    work("40", sandbox(folder, "s1", 50));
    Path second = sandbox(folder, "c2", 60);
    sandbox(folder, "c3", 70);
    Files.createDirectory(folder.resolve("c4"));
    List<Running> found = Running.all(processes);
    assertEquals(2, found.size(), found::toString);
    assertTrue(found.contains(new Running("c2", "", 60, second)), found::toString);
  }
}
