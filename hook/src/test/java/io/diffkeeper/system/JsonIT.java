package io.diffkeeper.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Programs can rely on docs/json.md. */
@Timeout(600)
class JsonIT {
  private static final Pattern ROW = Pattern.compile("\\| `([a-z]+)` \\|[^|]*\\| ([^|]*) \\|");

  private static Map<String, List<String>> documented() throws Exception {
    Map<String, List<String>> keys = new LinkedHashMap<>();
    for (String line : Files.readAllLines(World.root().resolve("docs/json.md"))) {
      Matcher row = ROW.matcher(line);
      if (row.matches()) {
        keys.put(row.group(1), List.of(row.group(2).replace("`", "").split(" ")));
      }
    }
    return keys;
  }

  @Test
  void everyCommandPrintsTheKeysThatAreDocumented() throws Exception {
    Map<String, List<String>> documented = documented();
    Map<String, List<String>> found = new LinkedHashMap<>();
    try (World world = new World("crun", World.NO_SPARES)) {
      String name = world.name;
      String ready = "echo 1 > /data/f; echo ready; exec sleep 1000";
      world.start(List.of(), Images.FIRST, "sh", "-c", ready).await("ready");
      Map<String, List<String>> arguments = new LinkedHashMap<>();
      arguments.put("ls", List.of());
      arguments.put("commit", List.of("--run-dir", "" + world.runDir(), name));
      arguments.put("adopt", List.of("--run-dir", "" + world.runDir(), name));
      arguments.put("log", List.of(name));
      arguments.put("timeline", List.of(name));
      arguments.put("diff", List.of(name, "base"));
      arguments.put("tree", List.of(name));
      arguments.put("export", List.of(name, "--out", "" + world.scratch().resolve("out")));
      arguments.put("report", List.of(name, "--out", "" + world.scratch().resolve("report.html")));
      arguments.put("doctor", List.of());
      arguments.put("status", List.of("--run-dir", "" + world.runDir()));
      arguments.put("top", List.of("--run-dir", "" + world.runDir()));
      arguments.put("stats", List.of());
      arguments.put("forget", List.of(name, "--keep-last", "1"));
      arguments.put("gc", List.of());
      for (String command : arguments.keySet()) {
        found.put(command, keys(world, command, arguments.get(command)));
      }
      Path out = world.scratch().resolve("out");
      found.put(
          "import", keys(world, "import", List.of("new", "--from", "" + out, "--state-dir=/data")));
      for (String content : List.of("1", "2")) {
        Path dir = Files.createDirectories(world.scratch().resolve("recorded"));
        String words = "echo " + content + " > " + dir + "/f";
        List<String> run = List.of("--record", "--name", "job", "--state-dir", "" + dir);
        List<String> all = new ArrayList<>(run);
        all.addAll(List.of("--run-dir", "" + world.runDir(), "--", "sh", "-c", words));
        world.cli("run", all.toArray(String[]::new)).expect(0);
      }
      found.put("compare", keys(world, "compare", List.of("job@run1", "job@run2")));
      world.killAndRemove();
      damage(world.store());
      String problems = world.cli("verify", "--json").expect(12).out();
      found.put("verify", keys(new ObjectMapper().readTree(problems)));
      found.put("repair", keys(world, "repair", List.of()));
    }
    assertEquals(new TreeMap<>(documented), new TreeMap<>(found));
  }

  /** Flips a bit of every page behind the first ones, which hold LMDB's own records. */
  private static void damage(Path store) throws Exception {
    Path file = store.resolve("data.mdb");
    byte[] bytes = Files.readAllBytes(file);
    for (int at = 2 * 4096 + 2048; at < bytes.length; at += 4096) {
      bytes[at] ^= 1;
    }
    Files.write(file, bytes);
  }

  private static List<String> keys(World world, String command, List<String> arguments)
      throws Exception {
    List<String> words = new ArrayList<>(arguments);
    words.add("--json");
    Run run = world.cli(command, words.toArray(String[]::new)).expect(0);
    return keys(new ObjectMapper().readTree(run.out()));
  }

  private static List<String> keys(JsonNode array) {
    assertFalse(array.isEmpty());
    List<String> keys = new ArrayList<>();
    array.get(0).fieldNames().forEachRemaining(keys::add);
    return keys;
  }
}
