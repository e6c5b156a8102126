package io.diffkeeper.shim.adoption;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.keeper.Endings;
import io.diffkeeper.keeper.Keepers;
import io.diffkeeper.keeper.Launcher;
import io.diffkeeper.log.Log;
import io.diffkeeper.oci.ContainerState;
import io.diffkeeper.sys.Kernel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class AdopterTest {
  @TempDir Path scratch;

  private static Sighting sighting(String id, long pid, long sandboxPid) {
    return new Sighting(id, pid, sandboxPid, false, Map.of());
  }

  @Test
  void findsABundleBesideThatInWhichTheParentWorks() throws Exception {
    try (FakeContainer container = new FakeContainer(scratch)) {
      long pid = container.start("c1");
      Path bundle = scratch.resolve("bundles/c1");
      assertEquals(bundle.toRealPath(), Bundles.of(sighting("c1", pid, 0)).orElseThrow());
      assertEquals(bundle.toRealPath(), Bundles.of(sighting("c1", 0, pid)).orElseThrow());
      assertEquals(pid, Bundles.process(sighting("c1", 0, pid), bundle));
      assertTrue(Bundles.of(sighting("c2", pid, pid)).isEmpty());
    }
  }

  @Test
  void finishesWhatAnEndedContainerLeftWhoseKeeperDied() throws Exception {
    Path runDir = scratch.resolve("run");
    for (String id : List.of("ended", "running", "of-another-engine")) {
      Files.createDirectories(runDir.resolve("containers").resolve(id));
    }
    for (String id : List.of("ended", "running")) {
      try (FakeContainer container = new FakeContainer(scratch)) {
        assertTrue(Bundles.of(sighting(id, container.start(id), 0)).isPresent());
      }
    }
    try (FakeContainer last = new FakeContainer(scratch)) {
      Keepers keepers = new Keepers(new Kernel(), runDir);
      Tally tally = new Tally(runDir, "events");
      Launcher launcher = new Launcher(last.launcher(), List.of());
      new Adopter(keepers, new Endings(scratch.resolve("store")), launcher, tally, Log.none())
          .finishAllBut(Set.of("running"));
      last.awaitAdopted("ended");
      assertTrue(last.state().contains("\"status\":\"stopped\""), last.state());
      assertEquals(0, tally.of(Tally.Outcome.FAILED));
    }
  }

  @Test
  void tellsWhyTheLauncherFailed() throws Exception {
    Path program = scratch.resolve("fails");
    Files.writeString(program, "#!/bin/sh\necho 'diffkeeper: no room' >&2; exit 15\n");
    assertTrue(program.toFile().setExecutable(true));
    ContainerState state =
        new ContainerState("1.0.2", "c1", "running", 1, Path.of("/b"), Map.of("k", "v\n\""));
    DiffKeeperException failed =
        assertThrows(
            DiffKeeperException.class, () -> new Launcher(program, List.of()).adopt(state));
    assertEquals("adopt: diffkeeper: no room", failed.getMessage());
    assertEquals(state, ContainerState.parse(state.json()), "what is written is read the same");
  }

  @Test
  void countsAreWrittenForPrometheus() throws Exception {
    Tally tally = new Tally(scratch, "nri");
    tally.connected(true);
    tally.count(Tally.Outcome.UNINJECTED);
    tally.write();
    String text = Files.readString(scratch.resolve("shim/nri.prom"));
    assertTrue(text.contains("diffkeeper_shim_connected{service=\"nri\"} 1\n"), text);
    String line = "diffkeeper_shim_containers_total{service=\"nri\",outcome=\"uninjected\"} 1\n";
    assertTrue(text.contains(line), text);
  }
}
