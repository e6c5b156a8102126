package io.diffkeeper.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The command line, on the state of a real container and on directories of the host. */
@Timeout(600)
class CommandLineIT {
  static JsonNode json(Run run) throws Exception {
    JsonNode node = new ObjectMapper().readTree(run.expect(0).out());
    assertTrue(node.isArray() && !node.isEmpty(), run::toString);
    return node;
  }

  @Test
  void showsWhatAContainerWrote() throws Exception {
    try (World world = new World("crun", World.NO_SPARES)) {
      String script = "printf 'caf\\351\\n' > /data/bytes; echo ready; exec sleep 1000";
      world.start(List.of(), Images.FIRST, "sh", "-c", script).await("ready");
      world.commit(world.name);
      String id = world.podman("inspect", "--format", "{{.Id}}", world.name).out().strip();

      JsonNode state = json(world.cli("ls", "--json")).get(0);
      assertEquals("podman/" + world.name, state.get("state").asText());
      assertEquals("localhost/diffkeeper/fileops", state.get("image").asText());
      assertTrue(state.get("holder").asText().contains(id), state::toString);
      assertTrue(state.get("version").asLong() >= 2 && state.get("size").asLong() > 0);
      assertEquals("[ ]\n", world.cli("ls", "--namespace", "k8s/shop", "--json").out());
      assertEquals(1, json(world.cli("ls", "--namespace", "podman", "--json")).size());
      assertEquals("[ ]\n", world.cli("stats", "--namespace", "k8s/shop", "--json").out());
      world.cli("log", "--namespace", "k8s/shop", world.name).expect(3);
      world.cli("verify", "--namespace", "k8s/shop").expect(2);
      String table = world.cli("ls").expect(0).out();
      assertTrue(table.startsWith("STATE ") && table.contains(world.name), table);

      JsonNode versions = json(world.cli("log", world.name, "--json"));
      assertEquals(id, versions.get(0).get("container").asText());
      assertFalse(versions.get(0).get("ended").asBoolean());
      assertEquals(state.get("version").asLong(), versions.get(0).get("version").asLong());

      Run cat = world.cli("cat", world.name, "/data/bytes").expect(0);
      assertEquals(List.of(0x63, 0x61, 0x66, 0xe9, 0x0a), unsigned(cat.bytes()));
      world.cli("cat", world.name, "/data/none").expect(3);
      world.cli("cat", world.name + "@999", "/data/bytes").expect(3);
      world.cli("cat", "none", "/data/bytes").expect(3);
      world.cli("cat", world.name + "@base", "/data/bytes").expect(3);
      world.cli("log", "none").expect(3);
      world.cli("log").expect(2);
      for (String command : List.of("rm", "log", "stats", "timeline")) {
        world.cli(command, world.name + "@1").expect(2); // for the whole state only
      }
      world.cli("verify", world.name + "@1").expect(0);
      world.cli("verify", world.name + "@999").expect(3);

      world.killAndRemove();
      JsonNode last = json(world.cli("log", world.name, "--json")).get(0);
      assertEquals("settled", last.get("cut").asText());
      assertTrue(json(world.cli("ls", "--json")).get(0).get("holder").isNull());
    }
  }

  private static List<Integer> unsigned(byte[] bytes) {
    List<Integer> all = new ArrayList<>();
    for (byte b : bytes) {
      all.add(b & 0xff);
    }
    return all;
  }

  @Test
  void exportsTheTreeThatTheContainerHad() throws Exception {
    try (World world = new World("crun", World.NO_SPARES)) {
      world.start(List.of(), Images.FIRST, "/fileops", "exercise", "/data").await("ready");
      String before = world.manifest();
      String mount = world.podman("mount", world.name).out().strip();
      Path fileops = Files.copy(Path.of(mount, "fileops"), world.scratch().resolve("fileops"));
      world.podman("umount", world.name);
      world.killAndRemove();

      Path out = world.scratch().resolve("export");
      world.cli("export", world.name, "--out", out.toString()).expect(0);
      List<String> words = List.of(fileops.toString(), "manifest", out.resolve("data").toString());
      assertEquals(before, world.run(null, words).expect(0).out());
      world.cli("export", world.name, "--out", out.toString()).expect(10);

      Run verify = world.cli("verify", world.name).expect(0);
      assertTrue(verify.out().contains("ok"), verify::toString);
      assertEquals("[]", world.cli("verify", "--json").expect(0).out().replaceAll("\\s", ""));
    }
  }

  @Test
  void theDoctorTellsWhatThisHostCanDo() throws Exception {
    try (World world = new World("crun", World.NO_SPARES)) {
      JsonNode checks = json(world.cli("doctor", "--json"));
      assertTrue(checks.findValuesAsText("check").contains("podman"), checks::toString);
      String text = world.cli("doctor").expect(0).out();
      assertTrue(text.contains("in use: "), text);
      assertTrue(text.contains(world.store().toString()), text);
    }
  }

  private static List<String> run(World world, Path dir, String script) {
    List<String> words = new ArrayList<>();
    words.addAll(List.of("--run-dir", world.runDir().toString(), "--name", "job"));
    words.addAll(List.of("--state-dir", dir.toString(), "--", "sh", "-c", script));
    return words;
  }

  private static Run supervise(World world, Path dir, String script) {
    return world.cli("run", run(world, dir, script).toArray(String[]::new));
  }

  private static Path empty(World world, Path dir) {
    world.run(null, List.of("rm", "-rf", dir.toString())).expect(0);
    return dir;
  }

  @Test
  void supervisesACommand() throws Exception {
    try (World world = new World("crun", World.NO_SPARES)) {
      Path dir = world.scratch().resolve("work");
      Run first = supervise(world, dir, "echo 1 > " + dir + "/note; echo said; exit 42");
      assertEquals(42, first.code(), first::toString);
      assertEquals("said\n", first.out());

      empty(world, dir);
      Run second = supervise(world, dir, "cat " + dir + "/note; rm " + dir + "/note");
      assertEquals("1\n", second.expect(0).out());

      Files.writeString(Files.createDirectories(empty(world, dir)).resolve("other"), "");
      Run third = supervise(world, dir, "ls " + dir);
      assertEquals("other\n", third.expect(0).out());
    }
  }

  @Test
  void passesASignalOnAndKeepsWhatTheCommandDidThen() throws Exception {
    try (World world = new World("crun", World.NO_SPARES)) {
      Path dir = world.scratch().resolve("work");
      String note = dir + "/note";
      String script =
          "trap 'echo got > " + note + "; exit 7' TERM; echo ready; while :; do sleep 0.05; done";
      Attached job = world.startCli("run", run(world, dir, script));
      job.await("ready");
      ProcessHandle.of(job.pid()).orElseThrow().destroy();
      assertEquals(7, job.end(), job::everything);

      empty(world, dir);
      world
          .cli(
              "replay",
              "--run-dir",
              world.runDir().toString(),
              "--name",
              "job",
              "--state-dir",
              dir.toString())
          .expect(0);
      assertEquals("got\n", Files.readString(Path.of(note)));
    }
  }
}
