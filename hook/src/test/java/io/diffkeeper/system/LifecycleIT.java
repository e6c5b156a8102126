package io.diffkeeper.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Containers that stop, start again, are replaced by newer ones, and what their tree is then. */
@Timeout(600)
class LifecycleIT {
  private static final int CYCLES = 20;
  private static final int LINES_A_CYCLE = 15;

  private static String sh(String... lines) {
    return String.join("\n", lines);
  }

  private static long found(Attached container) {
    container.awaitLines(1);
    return Long.parseLong(container.lines().get(0).substring("found ".length()));
  }

  private static long told(Attached container) {
    List<String> lines = container.lines();
    return lines.size() < 2 ? 0 : Long.parseLong(lines.get(lines.size() - 1));
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"crun", "runc"})
  void twentyKillsInARowLoseNothing(String runtime) throws Exception {
    try (World world = new World(runtime)) {
      long told = 0;
      for (int cycle = 0; cycle < CYCLES; cycle++) {
        Attached writer = world.start(List.of(), Images.FIRST, "/fileops", "append", "/data");
        long found = found(writer);
        assertTrue(found >= told, "cycle " + cycle + ": found " + found + " of " + told);
        writer.awaitLines(LINES_A_CYCLE);
        world.killAndRemove();
        writer.end();
        told = told(writer);
      }
      String last = world.once("tail", "-n", "1", "/data/log").out().strip();
      assertTrue(Long.parseLong(last) >= told, last + " of " + told);
    }
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"crun", "runc"})
  void theSameContainerKeepsItsLiveTree(String runtime) throws Exception {
    try (World world = new World(runtime)) {
      String script = sh("date +%s.%N >> /data/starts", "exec sleep 1000");
      world.start(List.of(), Images.FIRST, "sh", "-c", script);
      awaitStarts(world, 1);
      world.podman("stop", "--time", "0", world.name);
      world.podman("start", world.name);
      awaitStarts(world, 2);
      world.podman("restart", "--time", "0", world.name);
      awaitStarts(world, 3);
      String live = world.manifest();
      world.killAndRemove();
      String starts = world.once("/fileops", "manifest", "/data").out();
      assertEquals(live, starts);
    }
  }

  private static void awaitStarts(World world, int count) {
    String[] lines = {"exec", world.name, "cat", "/data/starts"};
    Await.until(
        count + " starts",
        () -> world.tryPodman(lines).out().lines().count() == count,
        () -> world.tryPodman(lines) + world.log());
  }

  /** What changed while nobody looked is newer than any version: nothing is replayed over it. */
  @Test
  void whatChangesInAStoppedContainerStays() throws Exception {
    try (World world = new World("crun")) {
      world.start(List.of(), Images.FIRST, "sh", "-c", "cat /data/note; echo 1 > /data/note").end();
      world.awaitNoKeeper();
      String mount = world.podman("mount", world.name).out().strip();
      java.nio.file.Files.writeString(java.nio.file.Path.of(mount, "data/note"), "edited\n");
      world.podman("umount", world.name);
      assertEquals("edited\n", world.podman("start", "--attach", world.name).out());
    }
  }

  @Test
  void deletionsStayDeleted() throws Exception {
    try (World world = new World("crun")) {
      world.once("sh", "-c", "echo 1 > /data/own; rm -r /data/image/gone /data/image/removed");
      world.once("sh", "-c", "test ! -e /data/image/gone && rm /data/own");
      for (int i = 0; i < 2; i++) {
        String left = world.once("find", "/data").out();
        for (String deleted : new String[] {"/data/image/gone", "/data/image/removed", "/data/own"})
          assertTrue(left.lines().noneMatch(deleted::equals), left);
        assertTrue(left.contains("/data/image/kept"), left);
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"crun", "runc"})
  void whatTheContainerDidNotTouchFollowsANewImage(String runtime) throws Exception {
    try (World world = new World(runtime)) {
      world.once(
          "sh",
          "-c",
          "echo own > /data/own; echo own > /data/image/changed;" + "rm /data/image/removed");
      String script =
          "cd /data; cat own image/changed image/version image/new;"
              + "test ! -e image/removed && cat image/kept";
      Run second = world.once(List.of(), Images.SECOND, "sh", "-c", script);
      assertEquals("own\nown\n2only in version 2\nkept in image\n", second.out());

      Run back = world.once("sh", "-c", "cd /data; cat own image/version; test ! -e image/new");
      assertEquals("own\n1", back.out());
    }
  }

  @Test
  void exactReplayLeavesNothingOfTheNewImage() throws Exception {
    try (World world = new World("crun")) {
      world.once("sh", "-c", "echo own > /data/own");
      List<String> exact = List.of("--annotation", "io.diffkeeper.replay=exact");
      String script = "cat /data/own /data/image/version; test ! -e /data/image/new";
      assertEquals("own\n1", world.once(exact, Images.SECOND, "sh", "-c", script).out());
    }
  }

  @Test
  void anOlderVersionCanBeStartedFrom() throws Exception {
    try (World world = new World("crun")) {
      world.once("sh", "-c", "echo 1 > /data/note");
      long version =
          world
              .cli("log", world.name)
              .out()
              .lines()
              .skip(1)
              .findFirst()
              .map(line -> Long.parseLong(line.substring(0, line.indexOf(' '))))
              .orElseThrow();
      world.once("sh", "-c", "echo 2 > /data/note");
      List<String> from = new ArrayList<>(List.of("--annotation"));
      from.add("io.diffkeeper.from=" + version);
      assertEquals("1\n", world.once(from, Images.FIRST, "cat", "/data/note").out());
      assertEquals("1\n", world.once("cat", "/data/note").out());
    }
  }

  @Test
  void excludedFilesAreNotKept() throws Exception {
    try (World world = new World("crun")) {
      // Podman reads the option as a line of comma-separated values.
      List<String> exclude = List.of("--annotation", "\"io.diffkeeper.exclude=*.tmp,cache/**\"");
      world.once(
          exclude,
          Images.FIRST,
          "sh",
          "-c",
          "mkdir /data/cache; touch /data/a.tmp /data/cache/b /data/c");
      String left = world.once(exclude, Images.FIRST, "ls", "/data", "/data/cache").out();
      assertEquals(
          "/data:\ncache\nc\nimage\n\n/data/cache:\n".lines().sorted().toList(),
          left.lines().sorted().toList());
    }
  }
}
