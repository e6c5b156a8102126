package io.diffkeeper.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Images and neighbours that want the keeper to read or write outside of the container. */
@Timeout(600)
class HostileImageIT {
  private static final int STARTS = 3;

  private static List<String> names(String directory) throws IOException {
    try (Stream<Path> files = Files.list(Path.of(directory))) {
      return files.map(Path::toString).sorted().toList();
    }
  }

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource({
    "crun, /data",
    "crun, /data/sub",
    "crun, /up/tmp",
    "crun, /inside/out/deep",
    "crun, /file",
    "crun, /proc/self/root/tmp",
    "crun, /sys/fs",
    "runc, /data",
    "runc, /up/tmp",
    "runc, /proc/self/root/tmp"
  })
  void aStateDirThatLeadsOutsideIsRefused(String runtime, String dir) throws Exception {
    try (World world = new World(runtime, World.NO_SPARES)) {
      List<String> etc = names("/etc");
      List<String> tmp = names("/");
      List<String> options = List.of("--annotation", "io.diffkeeper.state-dir=" + dir);
      Run run = world.tryPodman(words(world, options));
      run.expectHookFailure(10);
      assertFalse(run.out().contains("started"), run::toString);
      String said = run.err() + world.hookErrors();
      assertTrue(said.contains("state-dir " + dir), said);
      assertEquals(etc, names("/etc"));
      assertEquals(tmp, names("/"));
    }
  }

  private static String[] words(World world, List<String> options) {
    Stream<String> run = Stream.of("run");
    List<String> rest = world.keeping(world.name, options, Images.HOSTILE, "echo", "started");
    // keeping() names /data only where no other state-dir is asked for.
    return Stream.concat(run, rest.stream()).toArray(String[]::new);
  }

  /**
   * A neighbour that shares a volume exchanges a directory with a link to a directory of the host
   * while the keeper replays into it, and while it captures.
   */
  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"crun", "runc"})
  void aDirectorySwappedForALinkLeadsNowhere(String runtime) throws Exception {
    try (World world = new World(runtime, World.NO_SPARES)) {
      List<String> volume = List.of("--volume", world.name + ":/data");
      String fill = "mkdir /data/sub; for i in $(seq 60); do echo mine > /data/sub/f$i; done";
      world.once(volume, Images.FIRST, "sh", "-c", fill);
      world.podman("volume", "rm", world.name);

      Path outside = outside(world);
      BasicFileAttributes before = attributes(outside.resolve("canary"));
      world.podman("volume", "create", world.name);
      String point = "{{.Mountpoint}}";
      Path shared =
          Path.of(world.podman("volume", "inspect", "--format", point, world.name).out().strip());
      Files.createDirectory(shared.resolve("sub"));
      Files.createSymbolicLink(shared.resolve("link"), outside);
      String swapper = world.name + "-swap";
      world.podman(
          "run",
          "-d",
          "--name",
          swapper,
          "--network",
          "none",
          "--volume",
          world.name + ":/data",
          Images.FIRST,
          "/fileops",
          "swap",
          "/data");
      try {
        for (int i = 0; i < STARTS; i++) {
          world.tryOnce(volume, Images.FIRST, "true");
        }
      } finally {
        world.podman("rm", "--force", "--time", "0", swapper);
      }
      world.assertLogged("replayed podman/" + world.name);
      assertUntouched(outside, before);
      for (String path : new String[] {"/data/sub/canary", "/data/link/canary"}) {
        world.cli("cat", world.name, path).expect(3);
      }
      world.cli("verify").expect(0);
      world.podman("volume", "rm", "--force", world.name);
    }
  }

  private static Path outside(World world) throws IOException {
    Path outside = Files.createDirectory(world.scratch().resolve("outside"));
    Path canary = Files.writeString(outside.resolve("canary"), "of the host\n");
    // Older than the modification: the kernel notes the next read, whatever relatime says.
    Files.getFileAttributeView(canary, BasicFileAttributeView.class)
        .setTimes(null, FileTime.fromMillis(1000), null);
    return outside;
  }

  private static BasicFileAttributes attributes(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class);
  }

  private static void assertUntouched(Path outside, BasicFileAttributes before) throws IOException {
    BasicFileAttributes after = attributes(outside.resolve("canary"));
    assertEquals(before.lastAccessTime(), after.lastAccessTime(), "the canary was read");
    assertEquals(before.lastModifiedTime(), after.lastModifiedTime());
    try (Stream<Path> files = Files.list(outside)) {
      assertEquals(List.of(outside.resolve("canary")), files.toList());
    }
    assertEquals("of the host\n", Files.readString(outside.resolve("canary")));
  }
}
