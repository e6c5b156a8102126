package io.diffkeeper.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** File systems of several kinds, mounted for a class of tests: the block ones from files. */
final class FileSystems implements BeforeAllCallback, AfterAllCallback {
  /**
   * An overlay as engines make them: the layers on a disk, and an image with files in the lower.
   */
  static final String LAYERED = "overlay-on-ext4";

  /** All kinds that a state may be on. */
  static final List<String> KINDS = List.of("ext4", "xfs", "btrfs", "tmpfs", "overlay", LAYERED);

  /**
   * More overlays with an image: with layers on other file systems, with an overlay as the lower
   * layer, and one that never writes back.
   */
  static final List<String> MORE_LAYERED =
      List.of(
          "overlay-on-xfs",
          "overlay-on-btrfs",
          "overlay-on-tmpfs",
          "overlay-on-overlay",
          "volatile-overlay-on-ext4");

  private static final String ON = "overlay-on-";
  private static final int TREES = 12;

  /** Names as fileops uses them, so that it meets them; the last line as in the images of tests. */
  private static final String MAKE_TREES =
      """
      set -e; cd "$0"; mkdir tree-0; cd tree-0; echo x > there-before
      for d in 0 1 2 3 4 5 6 7; do
        mkdir -p d$d/s0 d$d/s1
        for f in s0/f3 s0/f6 s1/f4 f9 f10 f12 f14 f16 f18 f20 f22; do echo $d $f > d$d/$f; done
        ln d$d/f9 d$d/f11; ln d$d/f10 d$d/s0/f9; ln -s f9 d$d/f13
      done
      mkdir image; cd image; mkdir gone replaced recreated
      for f in changed removed mode moved mapped gone/file replaced/file recreated/file; do
        head -c 5000 /dev/zero | tr '\\0' x > $f
      done
      cd ../..
      for i in $(seq 1 $(($1 - 1))); do cp -a tree-0 tree-$i; done
      """;

  private final List<String> kinds;
  private final Deque<Path> mounts = new ArrayDeque<>();
  private Path scratch;

  /** How many directories of each kind's image are in use. */
  private final Map<String, Integer> trees = new HashMap<>();

  FileSystems(List<String> kinds) {
    this.kinds = kinds;
  }

  @Override
  public void beforeAll(ExtensionContext context) throws IOException {
    assumeTrue(Files.isWritable(Path.of("/sys/fs/cgroup")), "file systems take root");
    scratch = Files.createTempDirectory("diffkeeper-kinds");
    for (String kind : kinds) {
      mount(kind);
    }
  }

  @Override
  public void afterAll(ExtensionContext context) {
    mounts.forEach(mount -> run("umount", "--lazy", mount.toString()));
    if (scratch != null) {
      run("rm", "-r", "--one-file-system", scratch.toString());
    }
  }

  /** Whether an image has files there. */
  static boolean isLayered(String kind) {
    return kind.contains(ON);
  }

  /** A new directory in a file system. */
  Path fresh(String kind) throws IOException {
    return Files.createTempDirectory(scratch.resolve(kind), "tree");
  }

  /** A directory that nobody has used, as an image has it where there is an image. */
  Path tree(String kind) throws IOException {
    if (!isLayered(kind)) {
      return fresh(kind);
    }
    int used = trees.merge(kind, 1, Integer::sum);
    return scratch.resolve(kind).resolve("tree-" + (used - 1));
  }

  /** What the upper layer has of a path on an overlay. */
  Path upper(Path merged) {
    Path relative = scratch.relativize(merged);
    Path upper = layers(relative.getName(0).toString()).resolve("upper");
    return upper.resolve(relative.subpath(1, relative.getNameCount()));
  }

  private Path layers(String kind) {
    return scratch.resolve("layers-" + kind);
  }

  private void mount(String kind) throws IOException {
    Path mount = Files.createDirectory(scratch.resolve(kind));
    if (isLayered(kind)) {
      layered(kind, mount);
    } else if (kind.equals("overlay")) {
      simple("tmpfs", Files.createDirectory(layers(kind)));
      overlay(layers(kind), layers(kind).resolve("lower"), "", mount);
    } else {
      simple(kind, mount);
    }
  }

  private void layered(String kind, Path mount) throws IOException {
    Path layers = Files.createDirectory(layers(kind));
    String below = kind.substring(kind.indexOf(ON) + ON.length());
    boolean nested = below.equals("overlay");
    simple(nested ? "ext4" : below, layers);
    Path image = Files.createDirectory(layers.resolve("image"));
    run("sh", "-c", MAKE_TREES, image.toString(), Integer.toString(TREES));
    Path lower = image;
    if (nested) {
      lower = Files.createDirectory(layers.resolve("merged"));
      overlay(Files.createDirectory(layers.resolve("inner")), image, "", lower);
    }
    String more = kind.startsWith("volatile") ? ",volatile" : "";
    more += kind.startsWith("indexed") ? ",index=on" : "";
    overlay(layers, lower, ",redirect_dir=on,metacopy=on" + more, mount);
  }

  private void overlay(Path layers, Path lower, String more, Path mount) throws IOException {
    Files.createDirectories(lower);
    Path upper = Files.createDirectory(layers.resolve("upper"));
    Path work = Files.createDirectory(layers.resolve("work"));
    String options = String.format("lowerdir=%s,upperdir=%s,workdir=%s", lower, upper, work);
    mount(mount, "-t", "overlay", "-o", options + more, "none");
  }

  private void simple(String kind, Path mount) {
    if (kind.equals("tmpfs")) {
      mount(mount, "-t", "tmpfs", "-o", "size=1g", "none");
      return;
    }
    String image = mount + ".image";
    run("truncate", "-s", "400M", image);
    // A small ext4 would have blocks of 1 KiB.
    run(
        "sh",
        "-c",
        kind.equals("ext4") ? "mkfs.ext4 -q -F -b 4096 \"$0\"" : "mkfs." + kind + " -q -f \"$0\"",
        image);
    mount(mount, "-o", "loop", image);
  }

  private void mount(Path mount, String... words) {
    String[] command = new String[words.length + 2];
    command[0] = "mount";
    System.arraycopy(words, 0, command, 1, words.length);
    command[words.length + 1] = mount.toString();
    run(command);
    mounts.push(mount);
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
}
