package io.diffkeeper.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A container performs every file operation in a folder of the host, which is then lost; the next
 * container of its name fills a new one.
 */
@Timeout(600)
class FileSystemsIT {
  private static void make(World world, Path image, Path mount, String type) throws Exception {
    Files.createDirectories(mount);
    run(world, "truncate", "-s", "400M", image.toString());
    // A small ext4 would have blocks of 1 KiB; holes are kept in units of 4 KiB.
    List<String> mkfs = new ArrayList<>(List.of("mkfs." + type, "-q", "-f"));
    if (type.equals("ext4")) {
      mkfs = new ArrayList<>(List.of("mkfs.ext4", "-q", "-F", "-b", "4096"));
    }
    mkfs.add(image.toString());
    run(world, mkfs.toArray(String[]::new));
    String options = type.equals("btrfs") ? "loop,compress=zstd" : "loop";
    run(world, "mount", "-o", options, image.toString(), mount.toString());
  }

  private static void run(World world, String... words) {
    world.run(null, List.of(words)).expect(0);
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"ext4", "xfs", "btrfs"})
  void aFolderThatWasLostComesBack(String type) throws Exception {
    try (World world = new World("crun")) {
      Path mount = world.scratch().resolve(type);
      make(world, world.scratch().resolve(type + ".image"), mount, type);
      try {
        Path folder = Files.createDirectory(mount.resolve("folder"));
        Files.writeString(folder.resolve("from-the-beginning"), "no image has this\n");
        Files.writeString(folder.resolve("large"), "of few bytes\n".repeat(200_000));
        List<String> bind = List.of("--volume", folder + ":/data");
        world.start(bind, Images.FIRST, "/fileops", "exercise", "/data").await("ready");
        String before = world.manifest();
        world.killAndRemove();

        run(world, "rm", "-rf", folder.toString());
        Files.createDirectory(folder);
        String after = world.once(bind, Images.FIRST, "/fileops", "manifest", "/data").out();
        assertSame(before, after);
        assertTrue(after.contains("./from-the-beginning "), after);
        Run extents =
            world.run(null, List.of("filefrag", "-sv", folder.resolve("large").toString()));
        assertEquals(
            type.equals("btrfs"), extents.expect(0).out().contains("encoded"), "compressed");
      } finally {
        world.remove();
        world.awaitNoKeeper();
        run(world, "umount", mount.toString());
      }
    }
  }

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource({"crun, --pid=host", "runc, --pid=host", "crun, --ipc=host", "crun, --uts=host"})
  void namespacesOfTheHostMakeNoDifference(String runtime, String option) throws Exception {
    try (World world = new World(runtime)) {
      List<String> options = new ArrayList<>(List.of(option));
      world.start(options, Images.FIRST, "/fileops", "exercise", "/data").await("ready");
      String before = world.manifest();
      world.killAndRemove();
      assertSame(before, world.once(options, Images.FIRST, "/fileops", "manifest", "/data").out());
    }
  }

  /** Read-only roots, and a volume, a tmpfs and a folder of the image as one state. */
  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"crun", "runc"})
  void oneStateSpansMounts(String runtime) throws Exception {
    try (World world = new World(runtime)) {
      // podman splits annotations at commas, unless they are quoted.
      List<String> options =
          List.of(
              "--annotation",
              "\"io.diffkeeper.state-dir=/data,/volume,/memory\"",
              "--volume",
              world.name + ":/volume",
              "--mount",
              "type=tmpfs,destination=/memory");
      String fill = "for d in data volume memory; do echo $d > /$d/note; done; rm -r /data/image";
      world.once(options, Images.FIRST, "sh", "-c", fill);
      world.podman("volume", "rm", world.name);
      List<String> readOnly = new ArrayList<>(options);
      readOnly.add("--read-only");
      Run next =
          world.once(
              readOnly,
              Images.FIRST,
              "sh",
              "-c",
              "cat /data/note /volume/note /memory/note; ls /data");
      assertEquals("data\nvolume\nmemory\nnote\n", next.out());
      world.podman("volume", "rm", world.name);
    }
  }

  private static void assertSame(String before, String after) {
    List<String> lost = new ArrayList<>(before.lines().toList());
    List<String> wrong = new ArrayList<>(after.lines().toList());
    lost.removeAll(after.lines().toList());
    wrong.removeAll(before.lines().toList());
    assertEquals(String.join("\n", lost), String.join("\n", wrong));
    assertEquals(before, after);
  }
}
