package io.diffkeeper.shim.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.bpf.ProcessAge;
import io.diffkeeper.log.Log;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Containers whose first process is this one. */
class CensusTest {
  private static final long SELF = ProcessHandle.current().pid();

  @TempDir Path run;

  private Census census(String below) {
    return new Census(new RuntimeFolders(run), Path.of(below), Log.none());
  }

  private void write(String folder, long pid, long started) throws IOException {
    Files.createDirectories(run.resolve(folder));
    Files.writeString(
        run.resolve(folder).resolve("status"),
        "{\"pid\": " + pid + ", \"process-start-time\": " + started + ", \"bundle\": \"/b\"}");
  }

  private void writeRunning(String folder) throws IOException {
    write(folder, SELF, ProcessAge.started(SELF));
  }

  @Test
  void aContainerIsWhoseCgroupHasItsName() throws IOException {
    writeRunning("crun/web");
    RunningContainer web = census("/").of(List.of("/other", "/x/web/below")).orElseThrow();
    assertEquals("web", web.id());
    assertEquals("crun", web.runtime());
    assertEquals(SELF, web.pid());
    assertEquals(Path.of("/b"), web.bundle());
    assertTrue(census("/").of(List.of("/x/other")).isEmpty());
    assertTrue(census("/").of(List.of()).isEmpty());
  }

  @Test
  void enginesHaveFoldersOfTheirOwn() throws IOException {
    writeRunning("containerd/runc/k8s.io/a");
    writeRunning("docker/runtime-runc/moby/b");
    writeRunning("runc/c");
    List<RunningContainer> all = census("/").all();
    assertEquals(
        List.of("a containerd", "b docker", "c runc"),
        all.stream().map(each -> each.id() + " " + each.runtime()).sorted().toList());
  }

  @Test
  void whatHasEndedOrIsBeingWrittenDoesNotRun() throws IOException {
    write("crun/earlier", SELF, ProcessAge.started(SELF) + 1);
    write("crun/gone", 1 << 22, 5);
    Files.createDirectories(run.resolve("crun/fresh"));
    Files.createDirectories(run.resolve("crun/half"));
    Files.writeString(run.resolve("crun/half/status"), "{\"pid\": ");
    assertEquals(List.of(), census("/").all());
    assertEquals(Optional.empty(), census("/").of(List.of("/half")));
  }

  @Test
  void onlyWhatIsBelowACgroupCounts() throws IOException {
    writeRunning("crun/web");
    assertTrue(census("/nowhere").of(List.of("/nowhere/web")).isEmpty(), "by its own process");
    assertEquals(List.of(), census("/nowhere").all());
    for (String own : Census.cgroups(SELF)) {
      assertEquals(1, census(own).all().size());
    }
  }

  @Test
  void aStartCountsOnce() throws IOException {
    writeRunning("crun/web");
    RunningContainer web = census("/").all().get(0);
    Starts starts = new Starts();
    assertTrue(starts.add(web));
    assertFalse(starts.add(web));
    assertFalse(starts.begins(web));
    assertEquals(List.of("web"), starts.retain(List.of()));
    starts.addEarlier(web);
    assertFalse(starts.add(web));
    assertTrue(starts.begins(web));
    assertFalse(starts.begins(web));
    assertEquals(List.of(), starts.retain(List.of(web)));
  }
}
