package io.diffkeeper.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The keeper is SIGKILLed in the middle of its work. */
@Timeout(600)
class KeeperDeathIT {
  private static final int LINES = 300;
  private static final List<String> WRITER = List.of("/fileops", "append", "/data");

  private static Attached writer(World world) throws Exception {
    return world.start(List.of(), Images.FIRST, WRITER.toArray(String[]::new));
  }

  private static long last(Attached writer) {
    List<String> lines = writer.lines();
    return Long.parseLong(lines.get(lines.size() - 1));
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"crun", "runc"})
  void theContainerRunsOnAndPoststopFinishesTheWork(String runtime) throws Exception {
    try (World world = new World(runtime)) {
      Attached writer = writer(world);
      writer.awaitLines(LINES);
      world.killKeepers();
      int then = writer.lines().size();
      writer.awaitLines(then + LINES);
      world.cli("verify").expect(0);
      world.killAndRemove();
      writer.end();
      world.assertLogged("finished for a keeper that died");

      Attached next = writer(world);
      next.awaitLines(1);
      long found = Long.parseLong(next.lines().get(0).substring("found ".length()));
      assertTrue(found >= last(writer), found + " of " + last(writer) + "\n" + world.log());
    }
  }

  @Test
  void aKeeperThatWasStoppedMissesNothing() throws Exception {
    try (World world = new World("crun")) {
      Attached writer = writer(world);
      writer.awaitLines(LINES);
      long keeper = world.keepers().get(0).pid();
      world.run(null, List.of("kill", "-STOP", Long.toString(keeper))).expect(0);
      writer.awaitLines(writer.lines().size() + LINES);
      world.podman("exec", world.name, "sh", "-c", "mkdir /data/d; echo x > /data/d/f");
      world.run(null, List.of("kill", "-CONT", Long.toString(keeper))).expect(0);
      long told = last(writer);
      world.commit(world.name);
      String log = world.cli("cat", world.name, "/data/log").expect(0).out();
      assertTrue(log.lines().count() >= told, "what was written meanwhile was missed");
      assertEquals("x\n", world.cli("cat", world.name, "/data/d/f").expect(0).out());
      world.killAndRemove();
    }
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"crun", "runc"})
  void theSameContainerStartedAgainIsCapturedWhole(String runtime) throws Exception {
    try (World world = new World(runtime)) {
      Attached writer = writer(world);
      writer.awaitLines(LINES);
      world.killKeepers();
      writer.awaitLines(writer.lines().size() + LINES);
      long told = last(writer);
      world.podman("restart", "--time", "0", world.name);
      world.commit(world.name);
      String log = world.cli("cat", world.name, "/data/log").expect(0).out();
      assertTrue(log.lines().count() >= told, "the second start missed the first's");
      String live = world.podman("exec", world.name, "head", "-c", "3", "/data/log").out();
      assertEquals("1\n2", live);
    }
  }

  /** While the first version of a large tree is written, and at other odd moments. */
  @Test
  void theStoreVerifiesWheneverAKeeperIsKilled() throws Exception {
    try (World world = new World("crun")) {
      String script =
          "i=0; while true; do i=$((i+1)); head -c 300000 /dev/urandom > /data/f$((i % 40));"
              + "echo $i; done";
      for (int lines = 3; lines <= 60; lines *= 4) {
        Attached writer = world.start(List.of(), Images.FIRST, "sh", "-c", script);
        writer.awaitLines(lines);
        world.killKeepers();
        world.cli("verify").expect(0);
        String before = manifestWhenKilled(world);
        String after = world.once("/fileops", "manifest", "/data").out();
        assertEquals(before, after, world::log);
      }
    }
  }

  private static String manifestWhenKilled(World world) {
    world.podman("kill", "--signal", "KILL", world.name);
    String mount = world.podman("mount", world.name).out().strip();
    Run manifest =
        world.run(null, List.of(mount + "/fileops", "manifest", mount + "/data")).expect(0);
    world.podman("umount", world.name);
    world.remove();
    return manifest.out();
  }
}
