package io.diffkeeper.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Old versions go, by hand and by configuration, and the room they took is used again. */
@Timeout(600)
class RetentionIT {
  private static final String KEEP_THREE = "keep-last = 3";

  private static JsonNode json(Run run) throws Exception {
    return new ObjectMapper().readTree(run.expect(0).out());
  }

  private static int versions(World world) throws Exception {
    return json(world.cli("log", world.name, "--json")).size();
  }

  private static boolean collecting(World world) {
    return ProcessHandle.allProcesses()
        .map(process -> process.info().commandLine().orElse(""))
        .anyMatch(line -> line.contains(" gc ") && line.contains(world.store().toString()));
  }

  @Test
  void versionsAreForgottenAndTheirRoomIsFreed() throws Exception {
    try (World world = new World("crun", World.NO_SPARES, KEEP_THREE)) {
      String script = "head -c 300000 /dev/urandom > /data/a; echo ready; exec sleep 1000";
      world.start(List.of(), Images.FIRST, "sh", "-c", script).await("ready");
      for (int i = 0; i < 6; i++) {
        String change = "head -c 300000 /dev/urandom > /data/a";
        world.podman("exec", world.name, "sh", "-c", change);
        world.commit(world.name);
      }
      assertTrue(versions(world) >= 6);

      JsonNode before = json(world.cli("stats", world.name, "--json")).get(0);
      assertEquals("podman/" + world.name, before.get("state").asText());
      assertTrue(before.get("versions").asInt() >= 6, before::toString);
      assertTrue(before.get("live").asLong() >= 300_000, before::toString);
      assertTrue(before.get("copies").asLong() >= 6 * 300_000, before::toString);
      assertTrue(before.get("history").asLong() >= 5 * 290_000, before::toString);

      world.cli("forget", world.name, "--keep-last", "5").expect(0);
      assertEquals(5, versions(world));
      world.cli("rm", world.name).expect(11);

      // What the configuration says, the keeper does when its container has ended.
      world.killAndRemove();
      Await.until("three versions are left", () -> threeAreLeft(world), world::log);
      Await.until("the collection has ended", () -> !collecting(world), world::log);
      JsonNode after = json(world.cli("stats", "--json"));
      assertTrue(after.get(0).get("history").asLong() < 3 * 310_000, after::toString);
      assertEquals("(store)", after.get(1).get("state").asText());
      assertTrue(after.get(1).get("file").asLong() > 0);
      assertEquals(0, json(world.cli("gc", "--json")).get(0).get("removed").asInt());
      world.cli("verify").expect(0);

      world.cli("rm", world.name).expect(0);
      world.cli("log", world.name).expect(3);
      assertTrue(json(world.cli("gc", "--all", "--json")).get(0).get("removed").asInt() > 0);
      assertEquals(0, json(world.cli("stats", "--json")).get(0).get("stored").asLong());
    }
  }

  private static boolean threeAreLeft(World world) {
    try {
      return versions(world) == 3;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void refusesWhatIsNoRule() throws Exception {
    try (World world = new World("crun", World.NO_SPARES)) {
      world.once("sh", "-c", "echo 1 > /data/a");
      world.cli("forget", world.name).expect(2);
      world.cli("forget", world.name, "--keep-last", "many").expect(10);
      world.cli("forget", world.name, "--keep-within", "7w").expect(10);
      world.cli("forget", "none", "--keep-last", "1").expect(3);
      world.cli("rm", "none").expect(3);
      world.cli("stats", "none").expect(3);
      String table = world.cli("stats").expect(0).out();
      assertTrue(table.startsWith("STATE ") && table.contains(world.name), table);
    }
  }
}
