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
  static final List<String> KINDS = List.of("ext4", "xfs", "btrfs", "tmpfs", "overlay");

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
      case "overlay" -> overlay(mount);
      default -> block(kind, mount);
    }
    mounts.push(mount);
    return mount;
  }

  private void overlay(Path mount) throws IOException {
    Path layers = Files.createDirectory(scratch.resolve("layers"));
    run("mount", "-t", "tmpfs", "-o", "size=1g", "none", layers.toString());
    mounts.push(layers);
    for (String name : List.of("lower", "upper", "work")) {
      Files.createDirectory(layers.resolve(name));
    }
    String options =
        String.format("lowerdir=%1$s/lower,upperdir=%1$s/upper,workdir=%1$s/work", layers);
    run("mount", "-t", "overlay", "-o", options, "none", mount.toString());
  }

  private void block(String kind, Path mount) {
    String image = scratch.resolve(kind + ".image").toString();
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
