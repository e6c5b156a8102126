package io.diffkeeper.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code diffkeeper adopt}: containers that run, or ended, without their keeper. */
@Timeout(600)
class AdoptIT {
  private static final String[] COUNT = {
    "sh", "-c", "cat /data/count; echo 1 >> /data/count; echo ready; sleep 1000"
  };

  private static Run adopt(World world, String name) {
    return world.cli("adopt", "--run-dir", world.runDir().toString(), name);
  }

  private static String status(World world) {
    return world.cli("status", "--run-dir", world.runDir().toString()).expect(0).out();
  }

  private static void append(World world, String line) {
    world.podman("exec", world.name, "sh", "-c", "echo " + line + " >> /data/count");
  }

  private static String kept(World world) {
    return world.cli("cat", world.name, "/data/count").expect(0).out();
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"crun", "runc"})
  void aContainerWhoseKeeperWasKilledIsCapturedAgain(String runtime) throws Exception {
    try (World world = new World(runtime)) {
      Attached attached = world.start(List.of(), Images.FIRST, COUNT);
      attached.awaitLines(1);
      assertTrue(adopt(world, world.name).expect(0).out().contains(" kept"));
      world.killKeepers();
      append(world, "2");
      Run adopted = adopt(world, world.name).expect(0);
      assertTrue(adopted.out().contains("podman/" + world.name), adopted::toString);
      assertTrue(adopted.out().contains(" adopted"), adopted::toString);
      assertTrue(status(world).contains("(late)"), () -> status(world));
      append(world, "3");
      world.commit(world.name);
      assertEquals("1\n2\n3\n", kept(world));
      append(world, "4");
      world.killAndRemove();
      assertEquals("1\n2\n3\n4\n", kept(world), world::log);
    }
  }

  /** Nobody calls a hook for it, neither at its start nor when it has ended. */
  @Test
  void aContainerWithoutHooksIsCapturedAndFinished() throws Exception {
    try (World world = new World("crun")) {
      String none = Files.createDirectory(world.scratch().resolve("none")).toString();
      List<String> words = new ArrayList<>(List.of("podman", "--hooks-dir", none, "run", "-d"));
      words.addAll(world.keeping(world.name, List.of(), Images.FIRST, COUNT));
      String id = world.run(null, words).expect(0).out().strip();
      Await.until(
          "it is up",
          () -> world.podman("logs", world.name).out().contains("ready"),
          () -> world.podman("logs", world.name));
      adopt(world, id.substring(0, 12)).expect(0);
      assertTrue(status(world).contains("(late)"), () -> status(world));
      world.killKeepers();
      append(world, "2");
      world.podman("mount", world.name);
      world.podman("kill", "--signal", "KILL", world.name);
      world.podman("wait", world.name);
      Run finished = adopt(world, world.name).expect(0);
      assertTrue(finished.out().contains(" finished"), finished::toString);
      assertEquals("1\n2\n", kept(world));
      world.podman("umount", world.name);
    }
  }

  @Test
  void whatCannotBeAdoptedIsAnErrorOfOneLine() throws Exception {
    try (World world = new World("crun")) {
      Run none = adopt(world, "nobody").expect(3);
      assertEquals(1, none.err().lines().count(), none::toString);
      world.tools(world.name); // to be removed in the end
      world.podman(
          "run", "-d", "--name", world.name, "--network", "none", Images.FIRST, "sleep", "1000");
      Run other = adopt(world, world.name).expect(10);
      assertTrue(other.err().contains("does not opt in"), other::toString);
      assertEquals(1, other.err().lines().count(), other::toString);
    }
  }
}
