package io.diffkeeper.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** File systems of each kind, mounted for a test: the block ones from files. */
final class FileSystems implements AutoCloseable {
  /** All kinds that a state may be on. */
  static final List<String> KINDS =
      List.of("ext4", "xfs", "btrfs", "tmpfs", "overlay", FileSystems.LAYERED);

  /**
   * An overlay as engines make them: the layers on a disk, and an image with files in the lower.
   */
  static final String LAYERED = "overlay-on-ext4";

  private static final int TREES = 12;

  /** Names as fileops uses them, so that it meets them; the last line as in the images of tests. */
  private static final String MAKE_TREE =
      """
      set -e; mkdir "$0"; cd "$0"; echo x > there-before
      for d in 0 1 2 3 4 5 6 7; do
        mkdir -p d$d/s0 d$d/s1
        for f in s0/f3 s0/f6 s1/f4 f9 f10 f12 f14 f16 f18 f20 f22; do echo $d $f > d$d/$f; done
        ln d$d/f9 d$d/f11; ln d$d/f10 d$d/s0/f9; ln -s f9 d$d/f13
      done
      mkdir image; cd image; mkdir gone replaced recreated
      for f in changed removed mode moved mapped gone/file replaced/file recreated/file; do
        head -c 5000 /dev/zero | tr '\\0' x > $f
      done
      """;

  private int trees;

  private final Path scratch;
  private final Deque<Path> mounts = new ArrayDeque<>();

  FileSystems(Path scratch) {
    this.scratch = scratch;
  }

  /** A fresh file system of a kind; returns where it is mounted. */
  Path mount(String kind) throws IOException {
    Path mount = Files.createDirectory(scratch.resolve(kind));
    switch (kind) {
      case "tmpfs" -> run("mount", "-t", "tmpfs", "-o", "size=1g", "none", mount.toString());
      case "overlay" -> {
        Path layers = layers();
        run("mount", "-t", "tmpfs", "-o", "size=1g", "none", layers.toString());
        overlay(layers, "", mount);
      }
      case LAYERED -> {
        Path layers = layers();
        block("ext4", scratch.resolve("layers.image").toString(), layers);
        overlay(layers, ",redirect_dir=on,metacopy=on", mount);
      }
      default -> block(kind, scratch.resolve(kind + ".image").toString(), mount);
    }
    mounts.push(mount);
    return mount;
  }

  /** A new directory in a file system that is mounted. */
  Path fresh(String kind) throws IOException {
    return Files.createTempDirectory(scratch.resolve(kind), "tree");
  }

  /** A directory that nobody has used, as an image has it where there is an image. */
  Path tree(String kind) throws IOException {
    return kind.equals(LAYERED) ? scratch.resolve(kind).resolve("tree-" + trees++) : fresh(kind);
  }

  private Path layers() throws IOException {
    return Files.createTempDirectory(scratch, "layers");
  }

  private void overlay(Path layers, String more, Path mount) throws IOException {
    mounts.push(layers);
    for (String name : List.of("lower", "upper", "work")) {
      Files.createDirectory(layers.resolve(name));
    }
    for (int i = 0; i < TREES && !more.isEmpty(); i++) {
      run("sh", "-c", MAKE_TREE, layers.resolve("lower/tree-" + i).toString());
    }
    String options =
        String.format("lowerdir=%1$s/lower,upperdir=%1$s/upper,workdir=%1$s/work", layers);
    run("mount", "-t", "overlay", "-o", options + more, "none", mount.toString());
  }

  private static void block(String kind, String image, Path mount) {
    run("truncate", "-s", "400M", image);
    // A small ext4 would have blocks of 1 KiB.
    run(
        "sh",
        "-c",
        kind.equals("ext4") ? "mkfs.ext4 -q -F -b 4096 \"$0\"" : "mkfs." + kind + " -q -f \"$0\"",
        image);
    run("mount", "-o", "loop", image, mount.toString());
  }

  /** Runs a command that must succeed. */
  static void run(String... words) {
    try {
      Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes());
      assertEquals(0, process.waitFor(), said);
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    mounts.forEach(mount -> run("umount", "--lazy", mount.toString()));
  }
}
