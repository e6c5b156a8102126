package io.diffkeeper.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What of a state-dir is kept, and whose changes: by real containers. */
@Timeout(600)
class ScopeIT {
  /** In quotes, as Podman splits annotations at commas. */
  private static final List<String> EXCLUDE =
      List.of("--annotation", "\"io.diffkeeper.exclude=*.tmp,cache/**\"");

  private static final String[] WAITING = {"sh", "-c", "echo ready; exec sleep 1000"};

  private static JsonNode json(World world, String command, String... words) {
    try {
      return new ObjectMapper().readTree(world.cli(command, words).expect(0).out());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The paths in the newest version, but those of the image. */
  private static Set<String> kept(World world) {
    Set<String> paths = new TreeSet<>();
    for (JsonNode entry : json(world, "tree", world.name, "--json")) {
      String path = entry.get("path").asText();
      if (!path.startsWith("/data/image")) {
        paths.add(path);
      }
    }
    return paths;
  }

  private static Set<String> keptAfter(World world, String shell) {
    world.podman("exec", world.name, "sh", "-c", "cd /data && " + shell);
    world.commit(world.name);
    return kept(world);
  }

  @Test
  void whatIsExcludedIsNotKeptAlsoWhenDirectoriesMoveInAndOut() throws Exception {
    try (World world = new World("crun", World.NO_SPARES)) {
      world.start(EXCLUDE, Images.FIRST, WAITING).await("ready");
      Set<String> top = kept(world);
      assertEquals(
          with(top, "cache", "work", "work/b"),
          keptAfter(
              world,
              "mkdir -p cache/deep work x.tmp && echo 1 | tee a.tmp x.tmp/y cache/deep/c work/b work/b.tmp"));

      // Out of the exclude: all that is in it has to be read though no event tells of it.
      assertEquals(
          with(top, "cache", "deep", "deep/c", "work", "work/b"),
          keptAfter(world, "mv cache/deep deep && mv a.tmp cache/"));
      assertEquals(
          with(top, "cache", "deep", "deep/c", "deep/later", "work", "work/b"),
          keptAfter(world, "echo 2 > deep/later"));

      // Into it: the same as if it had been removed, and what changes there later is nothing new.
      assertEquals(
          with(top, "cache", "deep", "deep/c", "deep/later"), keptAfter(world, "mv work cache/"));
      long versions = json(world, "log", world.name, "--json").size();
      assertEquals(
          with(top, "cache", "deep", "deep/c", "deep/later"),
          keptAfter(world, "echo 3 > cache/work/b && echo 3 > deep/new.tmp"));
      assertTrue(json(world, "log", world.name, "--json").size() <= versions + 1);

      world.killAndRemove();
      String found = world.once(EXCLUDE, Images.FIRST, "find", "/data", "-type", "f").out();
      assertTrue(found.contains("/data/deep/later\n"), found);
      assertFalse(found.contains("/data/cache/") || found.contains(".tmp"), found);
    }
  }

  private static Set<String> with(Set<String> top, String... names) {
    Set<String> all = new TreeSet<>(top);
    for (String name : names) {
      all.add("/data/" + name);
    }
    return all;
  }

  @Test
  void hugeHolesAreNeitherReadNorStored() throws Exception {
    try (World world = new World("crun", World.NO_SPARES)) {
      world.start(List.of(), Images.FIRST, WAITING).await("ready");
      String sparse =
          "truncate -s 100G huge && printf end | dd of=huge bs=1 seek=99999999990 conv=notrunc";
      assertTrue(keptAfter(world, sparse).contains("/data/huge"));
      keptAfter(world, "printf start | dd of=huge bs=1 conv=notrunc");
      JsonNode newest = json(world, "log", world.name, "--json").get(0);
      assertTrue(newest.get("size").asLong() >= 100L << 30, newest::toString);
      assertTrue(newest.get("stored").asLong() < 1 << 20, newest::toString);
      String look =
          "cd /data && stat -c %s huge && head -c 5 huge && dd if=huge bs=1 skip=99999999990 count=3";
      world.killAndRemove();
      String found =
          world.once("sh", "-c", look + " && test $(du -k huge | cut -f 1) -lt 1024").out();
      assertEquals((100L << 30) + "\nstartend", found);
    }
  }

  /** What the container does not write is found by the source that tells whoever writes. */
  @Test
  void othersOnASharedVolumeAreSeenWhileTheContainerRuns() throws Exception {
    try (World world = new World("crun", World.NO_SPARES, "event-source = \"fanotify\"")) {
      String volume = world.name + "-shared";
      world.podman("volume", "create", volume);
      List<String> mounted = List.of("--volume", volume + ":/data");
      try {
        world.start(mounted, Images.FIRST, WAITING).await("ready");
        String format = "{{.Mountpoint}}";
        Path folder =
            Path.of(world.podman("volume", "inspect", "--format", format, volume).out().strip());
        Files.writeString(folder.resolve("by-the-host"), "1");
        awaitKept(world, "/data/by-the-host");
        world.podman(
            "run",
            "--rm",
            "--network=none",
            "--volume",
            volume + ":/mnt",
            Images.FIRST,
            "sh",
            "-c",
            "mkdir /mnt/new && echo 2 > /mnt/new/by-another-container");
        awaitKept(world, "/data/new/by-another-container");
        Files.writeString(folder.resolve("by-the-host"), "changed");
        Await.until(
            "the newest version has what the host wrote last",
            () -> world.cli("cat", world.name, "/data/by-the-host").out().equals("changed"),
            world::log);
      } finally {
        world.remove();
        world.podman("volume", "rm", "--force", volume);
      }
    }
  }

  private static void awaitKept(World world, String path) {
    Await.until(path + " is in the newest version", () -> kept(world).contains(path), world::log);
  }
}
