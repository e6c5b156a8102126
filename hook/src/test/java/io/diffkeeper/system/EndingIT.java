package io.diffkeeper.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A container's last version says how the container ended. */
@Timeout(600)
class EndingIT {
  private static void assertEnded(World world, int code, boolean outOfMemory) throws Exception {
    JsonNode versions = CommandLineIT.json(world.cli("log", world.name, "--json"));
    JsonNode last = versions.get(0);
    assertEquals(code, last.get("exit").asInt(), () -> versions + world.log());
    assertEquals(outOfMemory, last.get("oom").asBoolean(), () -> versions + world.log());
    for (JsonNode version : versions) {
      boolean other = !version.get("container").equals(last.get("container"));
      assertTrue(version == last || other || version.get("exit").isNull(), versions::toString);
    }
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"crun", "runc"})
  void byItsExitCode(String runtime) throws Exception {
    try (World world = new World(runtime)) {
      Run run = world.tryOnce(List.of(), Images.FIRST, "sh", "-c", "echo 1 > /data/f; exit 7");
      assertEquals(7, run.code(), run::toString);
      assertEnded(world, 7, false);
      world.once("true");
      assertEnded(world, 0, false);
      world.cli("verify").expect(0);
    }
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"crun", "runc"})
  void bySignal(String runtime) throws Exception {
    try (World world = new World(runtime)) {
      Attached attached = world.start(List.of(), Images.FIRST, "sh", "-c", "echo up; sleep 1000");
      attached.awaitLines(1);
      world.killAndRemove();
      assertEnded(world, 137, false);
    }
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"crun", "runc"})
  void forWantOfMemory(String runtime) throws Exception {
    try (World world = new World(runtime)) {
      List<String> little = List.of("--memory", "48m", "--memory-swap", "48m");
      String grow = "echo 1 > /data/f; x=0123456789abcdef; while true; do x=$x$x; done";
      // conmon leaves a file where it was started when memory runs out.
      List<String> words = new ArrayList<>(List.of("env", "-C", world.scratch().toString()));
      words.addAll(world.podmanWords("run"));
      words.addAll(world.keeping(world.name, little, Images.FIRST, "sh", "-c", grow));
      Run run = world.run(null, words);
      assertEquals(137, run.code(), run::toString);
      assertEnded(world, 137, true);
      assertFalse(world.log().contains("keeper that died"), world::log); // it outlives it
      assertEquals("1\n", world.cli("cat", world.name, "/data/f").expect(0).out());
    }
  }

  @Test
  void ofACommandWithoutARuntime() throws Exception {
    try (World world = new World("crun")) {
      String dir = world.scratch().resolve("kept").toString();
      String[] words = {"--run-dir", world.runDir() + "", "--name", world.name, "--state-dir", dir};
      List<String> all = new ArrayList<>(List.of(words));
      all.addAll(List.of("--", "sh", "-c", "echo 1 > " + dir + "/f; exit 3"));
      world.cli("run", all.toArray(String[]::new)).expect(3);
      assertEnded(world, 3, false);
    }
  }
}
