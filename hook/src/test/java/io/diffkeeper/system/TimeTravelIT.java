package io.diffkeeper.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Looking back on what a real container did, and getting it out and in again. */
@Timeout(600)
class TimeTravelIT {
  private static JsonNode json(Run run) throws IOException {
    return new ObjectMapper().readTree(run.expect(0).out());
  }

  private static List<String> operations(JsonNode changes) {
    List<String> shown = new ArrayList<>();
    changes.forEach(
        each -> shown.add(each.get("operation").asText() + " " + each.get("path").asText()));
    return shown;
  }

  /** Does something in the container, and makes a version of it. */
  private static void step(World world, String shell) {
    world.podman("exec", world.name, "sh", "-c", shell);
    world.commit(world.name);
  }

  private static World withHistory() throws IOException {
    World world = new World("crun", World.NO_SPARES);
    String ready = "echo ready; exec sleep 1000";
    world.start(List.of(), Images.FIRST, "sh", "-c", ready).await("ready");
    step(world, "cd /data; printf 'one\\ntwo\\nthree\\n' > conf; mkdir d; echo x > d/x");
    step(
        world,
        "cd /data; sed -i s/two/2/ conf; head -c 200000 /dev/zero | tr '\\0' a > bin; printf '\\0' >> bin");
    step(
        world, "cd /data; mv conf conf.old; printf '\\1' | dd of=bin bs=1 seek=70000 conv=notrunc");
    step(world, "cd /data; rm -r d; chmod 600 conf.old");
    return world;
  }

  @Test
  void tellsShowsAndRestoresThePast() throws Exception {
    try (World world = withHistory()) {
      String name = world.name;
      JsonNode trail = json(world.cli("timeline", name, "--path", "/data/conf.old", "--json"));
      List<String> story = operations(trail);
      assertTrue(story.contains("rename /data/conf.old"), story::toString);
      assertEquals("create /data/conf", story.get(0));
      assertEquals("attributes /data/conf.old", story.get(story.size() - 1));
      long last = trail.get(trail.size() - 1).get("version").asLong();

      String all = world.cli("timeline", name, "--since", "" + last).expect(0).out();
      assertTrue(all.contains("remove") && all.contains("/data/d/x"), all);
      assertEquals("[ ]\n", world.cli("timeline", name, "--until=-1d", "--json").out());
      world.cli("timeline", name, "--since", "soon").expect(2);
      String past = world.cli("timeline", name, "--since", "-1d").expect(0).out();
      assertTrue(past.contains("/data/d/x"), past);
      for (String then : List.of("-0s", "@-0s", "+1d", "@+1d", "latest")) {
        assertEquals("[ ]\n", world.cli("diff", name, then, "--json").expect(0).out());
      }
      world.cli("diff", name, "-1d").expect(3);
      String misspelt = world.cli("diff", name, "1", "--stats").expect(2).err();
      assertTrue(misspelt.contains("--stats"), misspelt);

      long first = trail.get(0).get("version").asLong();
      String second = Long.toString(first + 1);
      String renamed = world.cli("diff", name, second, "--path", "/data/conf.old").out();
      assertTrue(renamed.contains("rename /data/conf.old (from /data/conf"), renamed);
      String edited = world.cli("diff", name, "" + first, second).expect(0).out();
      assertTrue(edited.contains("\n-two\n+2\n"), edited);
      JsonNode bin = json(world.cli("diff", name, second, "--path", "/data/bin", "--json")).get(0);
      assertEquals(1, bin.get("blocks_changed").asInt(), bin::toString);
      assertEquals(4, bin.get("blocks").asInt(), bin::toString);

      String tree = world.cli("tree", name + "@" + first).expect(0).out();
      assertTrue(tree.contains("├── conf  14 B\n├── d/\n│   └── x  2 B\n└── image"), tree);
      world.cli("tree", name, "/data/none").expect(3);
    }
  }

  @Test
  void tellsWhichProcessMadeAChangeByTheNumberThatItHasInTheContainer() throws Exception {
    try (World world = withHistory()) {
      step(world, "echo $$ > /data/mine");
      String pid = world.cli("cat", world.name, "/data/mine").expect(0).out().strip();
      JsonNode story = json(world.cli("timeline", world.name, "--path", "/data/mine", "--json"));
      JsonNode process = story.get(0).get("process");
      assertEquals("create /data/mine", operations(story).get(0));
      assertEquals(pid, process.get("pid").asText(), story::toString);
      assertEquals("sh", process.get("name").asText(), story::toString);
      assertTrue(process.get("certain").asBoolean(), story::toString);
      String table = world.cli("timeline", world.name).expect(0).out();
      assertTrue(table.contains("sh[" + pid + "]"), table);
      JsonNode newest = json(world.cli("log", world.name, "--json")).get(0);
      boolean pay = newest.get("shortfall").asText().contains("costs writers on overlays");
      assertEquals(paysForOverlays(world, newest.get("source").asText()), pay, newest::toString);
    }
  }

  /** Whether whoever writes on an overlay pays while a container's own is followed. */
  private static boolean paysForOverlays(World world, String source) throws IOException {
    String upper = "{{.GraphDriver.Data.UpperDir}}";
    Path layer = Path.of(world.podman("inspect", "--format", upper, world.name).out().strip());
    boolean ordinary =
        Set.of("ext4", "xfs", "btrfs", "tmpfs").contains(Files.getFileStore(layer).type());
    return source.equals("bpf-timestamps") && !ordinary;
  }

  @Test
  void exportsAStreamForTarAndImportsItForTheNextContainer() throws Exception {
    try (World world = withHistory()) {
      String name = world.name;
      world.cli("import", name, "--from", "/dev/null").expect(11); // a container holds it
      world.killAndRemove();
      Run stream = world.cli("export", name, "--out", "-").expect(0);
      Path archive = Files.write(world.scratch().resolve("state.tar"), stream.bytes());
      Path out = Files.createDirectory(world.scratch().resolve("extracted"));
      world.run(null, List.of("tar", "-xf", "" + archive, "-C", "" + out)).expect(0);
      assertEquals("one\n2\nthree\n", Files.readString(out.resolve("data/conf.old")));
      world.cli("export", name, "--out", archive.toString()).expect(10);

      Files.writeString(out.resolve("data/conf.old"), "from outside\n");
      world.cli("import", name, "--from", out.toString()).expect(0);
      Run found = world.once("sh", "-c", "cat /data/conf.old; ls /data");
      assertEquals("from outside\nbin\nconf.old\nimage\n", found.out());

      world.cli("import", name, "--from", archive.toString()).expect(0);
      assertEquals("one\n2\nthree\n", world.once("cat", "/data/conf.old").out());
      world.cli("import", "fresh", "--from", archive.toString()).expect(2);
      world.cli("import", "fresh", "--from", "" + archive, "--state-dir", "/other").expect(10);
      world.cli("import", "fresh", "--from", "" + archive, "--state-dir", "/data").expect(0);
      assertEquals(Files.size(archive), world.cli("export", "fresh", "--out", "-").bytes().length);

      Files.writeString(out.resolve("data/conf.old"), "in no version yet\n");
      world.cli("import", "new", "--from", "" + out, "--state-dir", "/data").expect(0);
      assertEquals("in no version yet\n", world.cli("cat", "new", "/data/conf.old").out());
    }
  }
}
