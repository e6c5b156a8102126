package io.diffkeeper.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Keepers that are warm before they are needed, and what may be wrong with them. */
@Timeout(300)
class SpareIT {
  private static final String CLAIMED = "claimed as a spare";

  private static World world() throws Exception {
    World world = new World("crun");
    world.configure("spares = 1");
    world.once("sh", "-c", "echo first > /data/f");
    return world;
  }

  private static void assertKept(World world) {
    assertEquals("first\n", world.once("cat", "/data/f").out(), world::log);
  }

  private static void signal(ProcessHandle process, String name) {
    Run.of(Path.of("/tmp"), null, List.of("kill", "-" + name, Long.toString(process.pid())))
        .expect(0);
  }

  @Test
  void servesTheNextStartAndIsReplaced() throws Exception {
    try (World world = world()) {
      ProcessHandle first = world.awaitSpare();
      Attached running = world.start(List.of(), Images.FIRST, "sh", "-c", "cat /data/f; sleep 600");
      running.awaitLines(1);
      assertEquals(List.of("first"), running.lines());
      assertTrue(world.keepers().contains(first), "the spare was not used\n" + world.log());
      assertFalse(world.spares().contains(first), "a claimed spare can be claimed");
      Await.until("there is another spare", () -> !world.spares().isEmpty(), world::log);
      world.assertLogged(CLAIMED);
      world.killAndRemove();
      Await.until("it has ended with its container", () -> !first.isAlive(), world::log);
      assertKept(world);
    }
  }

  @Test
  void isNotMissedWhenItWasKilled() throws Exception {
    try (World world = world()) {
      signal(world.awaitSpare(), "KILL");
      assertKept(world);
      world.awaitSpare();
    }
  }

  @Test
  void isPassedOverWhileItHangsAndEndsWhenItWakesUp() throws Exception {
    try (World world = world()) {
      ProcessHandle hung = world.awaitSpare();
      signal(hung, "STOP");
      assertKept(world);
      assertTrue(hung.isAlive());
      signal(hung, "CONT");
      Await.until("it has ended", () -> !hung.isAlive(), world::log);
      assertKept(world);
    }
  }

  @Test
  void ofAnotherBuildIsNotUsedAndEnds() throws Exception {
    try (World world = world()) {
      ProcessHandle other = world.awaitSpare();
      Path socket;
      try (var files = Files.list(world.runDir().resolve("spares"))) {
        socket =
            files.filter(f -> f.toString().endsWith("." + other.pid())).findAny().orElseThrow();
      }
      Files.move(socket, socket.resolveSibling("0123456789abcdef." + other.pid()));
      assertKept(world);
      Await.until("it has ended", () -> !other.isAlive(), world::log);
    }
  }

  @Test
  void areNotKeptWhenTheConfigurationSaysSo() throws Exception {
    try (World world = world()) {
      ProcessHandle spare = world.awaitSpare();
      world.configure("spares = 0");
      Await.until("it has ended", () -> !spare.isAlive(), world::log);
      assertKept(world);
      assertEquals(List.of(), world.spares());
    }
  }

  @Test
  void areKeptByTheServiceWhileItRuns() throws Exception {
    try (World world = new World("crun", "spares = 1")) {
      Attached service = world.startTender();
      ProcessHandle first = world.awaitSpare();
      signal(first, "KILL");
      Await.until(
          "the dead one is replaced",
          () -> world.spares().stream().anyMatch(spare -> !spare.equals(first)),
          world::log);
      world.once("sh", "-c", "echo first > /data/f");
      ProcessHandle left = world.awaitSpare();
      service.close();
      assertKept(world); // by the spare that the service has left
      world.awaitSpare();
      assertFalse(left.isAlive() && world.spares().contains(left), "it was not used");
      assertFalse(world.log().contains("no spare keeper"), world::log);
    }
  }

  @Test
  void aBurstOfTwentyStartsNeedsNoMoreThanOne() throws Exception {
    try (World world = world()) {
      world.awaitSpare();
      List<Attached> started = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        String[] command = {"sh", "-c", "echo " + i + " > /data/f; echo done"};
        started.add(world.start("burst-" + i, List.of("--rm"), Images.FIRST, command));
      }
      // Twenty Java processes that boot at once take their time on a small machine.
      boolean done = false;
      for (int waits = 0; waits < 6 && !done; waits++) {
        done = Await.holds(() -> started.stream().noneMatch(each -> each.lines().isEmpty()));
      }
      assertTrue(done, world::log);
      for (Attached each : started) {
        each.end();
      }
      for (int i = 0; i < started.size(); i++) {
        String state = "burst-" + i;
        Await.until(
            state + " is stored",
            () -> world.cli("cat", state, "/data/f").out().strip().equals(state.substring(6)),
            world::log);
      }
    }
  }
}
