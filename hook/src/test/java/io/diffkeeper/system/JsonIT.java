package io.diffkeeper.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Programs can rely on docs/json.md: keys and types are those that it says, in every object. */
@Timeout(600)
class JsonIT {
  private static final Pattern ROW = Pattern.compile("\\| `([a-z]+)` \\|[^|]*\\| ([^|]*) \\|");
  private static final Pattern KEY = Pattern.compile("`([a-z_]+)` ([a-z]+)(\\??)");

  /**
   * What a host may have nothing to say of, and what nobody knows of pages that LMDB cannot read.
   */
  private static final Set<String> MAY_BE_UNKNOWN =
      Set.of(
          "doctor.advice",
          "verify.state",
          "verify.digest",
          "repair.state",
          "top.path",
          "top.changes_per_second");

  /** A key's type. */
  private record Type(String name, boolean isNullable) {
    boolean has(JsonNode value) {
      return value.isNull() ? isNullable : name.equals(kind(value));
    }

    private static String kind(JsonNode value) {
      return value.getNodeType().name().toLowerCase(Locale.ROOT);
    }
  }

  private final Map<String, Map<String, Type>> documented = new TreeMap<>();
  private final Map<String, List<JsonNode>> printed = new TreeMap<>();

  JsonIT() throws IOException {
    for (String line : Files.readAllLines(World.root().resolve("docs/json.md"))) {
      Matcher row = ROW.matcher(line);
      if (row.matches()) {
        Map<String, Type> keys = new LinkedHashMap<>();
        KEY.matcher(row.group(2))
            .results()
            .forEach(k -> keys.put(k.group(1), new Type(k.group(2), !k.group(3).isEmpty())));
        documented.put(row.group(1), keys);
      }
    }
  }

  private void print(World world, int code, String command, String... words) throws Exception {
    List<String> all = new ArrayList<>(List.of(words));
    all.add("--json");
    Run run = world.cli(command, all.toArray(String[]::new)).expect(code);
    JsonNode array = new ObjectMapper().readTree(run.out());
    assertFalse(array.isEmpty(), run::toString);
    array.forEach(printed.computeIfAbsent(command, c -> new ArrayList<>())::add);
  }

  private void check() {
    assertEquals(documented.keySet(), printed.keySet());
    printed.forEach((command, objects) -> check(command, documented.get(command), objects));
  }

  private static void check(String command, Map<String, Type> types, List<JsonNode> objects) {
    Set<String> known = new TreeSet<>();
    for (JsonNode object : objects) {
      List<String> keys = new ArrayList<>();
      object.fieldNames().forEachRemaining(keys::add);
      assertEquals(List.copyOf(types.keySet()), keys, command);
      for (String key : keys) {
        JsonNode value = object.get(key);
        assertTrue(types.get(key).has(value), () -> command + "." + key + ": " + object);
        if (!value.isNull()) {
          known.add(key);
        }
      }
    }
    for (String key : types.keySet()) {
      String full = command + "." + key;
      assertTrue(known.contains(key) || MAY_BE_UNKNOWN.contains(full), () -> full + objects);
    }
  }

  @Test
  void everyCommandPrintsTheKeysAndTypesThatAreDocumented() throws Exception {
    try (World world = new World("crun", World.NO_SPARES)) {
      withRunningContainer(world);
      world.killAndRemove();
      afterwards(world);
      damage(world.store());
      print(world, 12, "verify");
      print(world, 0, "repair");
    }
    check();
  }

  private void withRunningContainer(World world) throws Exception {
    String name = world.name;
    String runDir = "" + world.runDir();
    String ready =
        "cd /data; echo 1 > f; echo a > text; ln -s f link; head -c 99999 /dev/urandom > binary;"
            + " echo ready; exec sleep 1000";
    world.start(List.of(), Images.FIRST, "sh", "-c", ready).await("ready");
    print(world, 0, "commit", "--run-dir", runDir, name);
    String first = printed.get("commit").get(0).get("version").asText();
    String change =
        "cd /data; mv f g; echo b > text; printf 1 | dd of=binary bs=1 seek=7 conv=notrunc";
    world.podman("exec", name, "sh", "-c", change);
    print(world, 0, "commit", "--run-dir", runDir, name);
    print(world, 0, "adopt", "--run-dir", runDir, name);
    print(world, 0, "status", "--run-dir", runDir);
    print(world, 0, "top", "--run-dir", runDir);
    print(world, 0, "ls");
    print(world, 0, "log", name);
    print(world, 0, "diff", name, first);
    print(world, 0, "timeline", name);
    print(world, 0, "doctor");
  }

  private void afterwards(World world) throws Exception {
    String name = world.name;
    Path out = world.scratch().resolve("out");
    print(world, 0, "log", name);
    print(world, 0, "diff", name, "base");
    print(world, 0, "tree", name);
    print(world, 0, "export", name, "--out", "" + out);
    print(world, 0, "report", name, "--out", "" + world.scratch().resolve("report.html"));
    print(world, 0, "stats");
    print(world, 0, "import", "new", "--from", "" + out, "--state-dir=/data");
    print(world, 0, "forget", name, "--keep-last", "1");
    print(world, 0, "gc");
    Path dir = Files.createDirectories(world.scratch().resolve("recorded"));
    for (String content : List.of("1", "2")) {
      String words = "echo " + content + " > " + dir + "/f";
      List<String> run = new ArrayList<>(List.of("--record", "--name", "job"));
      run.addAll(List.of("--state-dir", "" + dir, "--run-dir", "" + world.runDir()));
      run.addAll(List.of("--", "sh", "-c", words));
      world.cli("run", run.toArray(String[]::new)).expect(0);
    }
    print(world, 0, "compare", "job@run1", "job@run2");
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
}
