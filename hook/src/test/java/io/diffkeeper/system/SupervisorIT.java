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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * {@code diffkeeper run} in all its places: with flags, as the first process, without privileges.
 */
@Timeout(300)
class SupervisorIT {
  private static final String NOBODY = "65534";

  private static List<String> words(World world, Path dir, List<String> flags, String script) {
    List<String> words = new ArrayList<>(flags);
    words.addAll(List.of("--run-dir", "" + world.runDir(), "--state-dir", "" + dir));
    words.addAll(List.of("--", "sh", "-c", script));
    return words;
  }

  private static Run run(World world, Path dir, List<String> flags, String script) {
    return world.cli("run", words(world, dir, flags, script).toArray(String[]::new));
  }

  private static Path folder(World world, String name) throws Exception {
    Path dir = world.scratch().resolve(name);
    world.run(null, List.of("rm", "-rf", dir.toString())).expect(0);
    return Files.createDirectory(dir);
  }

  private static JsonNode log(World world, String state) throws Exception {
    return new ObjectMapper().readTree(world.cli("log", state, "--json").expect(0).out());
  }

  @Test
  void capturesWhatTheCommandWrites() throws Exception {
    try (World world = new World("crun", World.NO_SPARES)) {
      Path dir = folder(world, "work");
      String script = "echo 1 > " + dir + "/f; echo 2 > " + dir + "/g; exit 3";
      run(world, dir, List.of("--name", "job"), script).expect(3);
      assertEquals("1\n", world.cli("cat", "job", dir + "/f").expect(0).out());
      assertEquals("2\n", world.cli("cat", "job", dir + "/g").expect(0).out());
      run(world, dir, List.of("--name", "job"), "kill -9 $$").expect(137);
    }
  }

  @Test
  void everySettingIsAFlag() throws Exception {
    try (World world = new World("crun", World.NO_SPARES)) {
      Path dir = folder(world, "work");
      List<String> flags = List.of("--enable-ebpf=false", "--fallback-fsnotify=false", "--debug");
      run(world, dir, flags, "echo 1 > " + dir + "/f").expect(0);
      assertEquals("scan", log(world, "sh").get(0).get("source").asText());
      Run refused = run(world, dir, List.of("--capture-delay", "soon"), "true").expect(10);
      assertTrue(refused.err().contains("--capture-delay"), refused::toString);
      world.cli("run", "--", "true").expect(2);
      world.cli("replay", "--state-dir", dir.toString()).expect(2);
    }
  }

  @ParameterizedTest
  @CsvSource({"USR1, 10", "USR2, 12", "TERM, 15", "QUIT, 3", "ALRM, 14", "WINCH, 28", "37, 37"})
  // HUP and INT may be ignored, as after nohup; 37 is RTMIN+3
  void passesSignalsOn(String name, int number) throws Exception {
    try (World world = new World("crun", World.NO_SPARES)) {
      Path dir = folder(world, "work");
      String script = "trap 'exit 42' " + name + "; echo ready; while :; do sleep 0.05; done";
      Attached job = world.startCli("run", words(world, dir, List.of(), script)).await("ready");
      world.run(null, List.of("kill", "-" + number, Long.toString(job.pid()))).expect(0);
      assertEquals(42, job.end(), job::everything);
    }
  }

  @Test
  void asTheFirstProcessItWaitsForOrphans() throws Exception {
    try (World world = new World("crun", World.NO_SPARES)) {
      Path dir = folder(world, "work");
      String zombies = "ps -eo stat= | grep -c Z";
      String script =
          "(sh -c 'exit 3' &); (sleep 0.2 &); sleep 0.4;"
              + " n=0; while [ $("
              + zombies
              + ") != 0 ] && [ $n -lt 600 ]; do sleep 0.1; n=$((n + 1)); done; echo left $("
              + zombies
              + "); echo me $PPID";
      List<String> all = new ArrayList<>(List.of("unshare", "--pid", "--fork", "--mount-proc"));
      all.addAll(List.of(World.program(), "run", "--config", "" + world.config()));
      all.addAll(words(world, dir, List.of(), script));
      assertEquals("left 0\nme 1\n", world.run(null, all).expect(0).out());
    }
  }

  @Test
  void worksWithoutPrivileges() throws Exception {
    try (World world = new World("crun", World.NO_SPARES)) {
      Path home = Files.createTempDirectory(Path.of("/tmp"), "dk");
      Path built = Files.createDirectory(home.resolve("built"));
      try {
        String copy = "cd $0 && cp -a --parents bin/diffkeeper lib/diffkeeper $1";
        world.run(null, List.of("sh", "-c", copy, "" + World.dist(), "" + built)).expect(0);
        world.run(null, List.of("chown", "-R", NOBODY, home.toString())).expect(0);
        List<String> all = new ArrayList<>();
        all.addAll(List.of("setpriv", "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"));
        all.addAll(List.of("env", "-i", "PATH=/usr/bin:/bin", "HOME=" + home));
        all.addAll(List.of("DIFFKEEPER_STATE_DIR=" + home + "/w", "DIFFKEEPER_NAME=mine"));
        all.addAll(List.of("DIFFKEEPER_STORE=" + home + "/store"));
        all.addAll(List.of("DIFFKEEPER_RUN_DIR=" + home + "/run"));
        List<String> run = new ArrayList<>(all);
        run.addAll(List.of(built + "/bin/diffkeeper", "run", "--", "sh", "-c"));
        run.add("echo kept > " + home + "/w/f; exit 5");
        world.run(null, run).expect(5);
        List<String> cat = new ArrayList<>(all);
        cat.addAll(List.of(built + "/bin/diffkeeper", "cat", "mine", home + "/w/f"));
        assertEquals("kept\n", world.run(null, cat).expect(0).out());
      } finally {
        world.run(null, List.of("rm", "-rf", home.toString())).expect(0);
      }
    }
  }

  @Test
  void recordsRunsAndTellsWhereTheyPart() throws Exception {
    try (World world = new World("crun", World.NO_SPARES)) {
      for (String seed : List.of("4", "5")) {
        Path dir = folder(world, "src");
        Files.writeString(dir.resolve("input"), "same");
        String script =
            "cd "
                + dir
                + "; echo built > same; echo "
                + seed
                + " > seed; sync; sleep 0.5;"
                + " (echo $((10 / (5 - $(cat seed)))) > result) 2> log; true";
        Run run = run(world, dir, List.of("--record", "--name", "flaky"), script).expect(0);
        assertTrue(run.err().contains("recorded podman/flaky@run"), run::toString);
      }
      JsonNode points =
          new ObjectMapper()
              .readTree(world.cli("compare", "flaky@run1", "flaky@run2", "--json").out());
      assertTrue(points.get(0).get("path").asText().endsWith("/seed"), points::toString);
      assertEquals("differs", points.get(0).get("outcome").asText());
      assertEquals("sh", points.get(0).at("/process/name").asText(), points::toString);
      assertFalse(points.findValuesAsText("path").toString().contains("/same"), points::toString);
      String same = world.cli("compare", "flaky@run1", "flaky@run1").expect(0).out();
      assertEquals("no difference\n", same);
      world.cli("compare", "flaky@run1", "flaky@run9").expect(3);
      world.cli("compare", "flaky", "flaky@run1").expect(2);
    }
  }
}
