package io.diffkeeper.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The tools that we are measured against, each as its users run it. */
final class Peers {
  private Peers() {}

  /** All of them, each with a folder of its own in {@code scratch}. */
  static List<Tool> all(Path scratch) throws IOException, InterruptedException {
    return List.of(
        new Restic(Files.createDirectories(scratch.resolve("restic"))),
        new Borg(Files.createDirectories(scratch.resolve("borg"))),
        new Casync(Files.createDirectories(scratch.resolve("casync"))),
        new Copies(Files.createDirectories(scratch.resolve("zstd"))),
        new Chain(
            "zstd-patch",
            Files.createDirectories(scratch.resolve("zstd-patch")),
            "zstd -q -3 --long=31 --patch-from=\"$old\" \"$new\" -o \"$delta\"",
            "zstd -q -d --long=31 --patch-from=\"$old\" \"$delta\" -o \"$new\""),
        new Chain(
            "xdelta3",
            Files.createDirectories(scratch.resolve("xdelta3")),
            "xdelta3 -q -e -B $window -s \"$old\" \"$new\" \"$delta\"",
            "xdelta3 -q -d -B $window -s \"$old\" \"$delta\" \"$new\""));
  }

  private static final class Restic implements Tool {
    private final Path folder;
    private final Map<String, String> environment;

    Restic(Path folder) throws IOException, InterruptedException {
      this.folder = folder;
      this.environment =
          Map.of(
              "RESTIC_REPOSITORY", folder.resolve("repository").toString(),
              "RESTIC_CACHE_DIR", folder.resolve("cache").toString(),
              "RESTIC_PASSWORD", "bench");
      Shell.output(folder, environment, "restic -q init");
    }

    @Override
    public String name() {
      return "restic";
    }

    @Override
    public Cost capture(Path live, int version, List<Path> changed)
        throws IOException, InterruptedException {
      return Shell.timed(live, environment, "restic -q backup --tag v" + version + " .");
    }

    @Override
    public long storedBytes() throws IOException, InterruptedException {
      return Shell.bytes(folder.resolve("repository"));
    }

    @Override
    public Cost restore(int version, Path into) throws IOException, InterruptedException {
      String script = "restic -q restore latest --tag v" + version + " --target .";
      return Shell.timed(into, environment, script);
    }
  }

  private static final class Borg implements Tool {
    private final Path folder;
    private final Map<String, String> environment;

    Borg(Path folder) throws IOException, InterruptedException {
      this.folder = folder;
      this.environment =
          Map.of(
              "BORG_REPO", folder.resolve("repository").toString(),
              "BORG_BASE_DIR", folder.toString(),
              "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK", "yes");
      Shell.output(folder, environment, "borg init -e none");
    }

    @Override
    public String name() {
      return "borg";
    }

    @Override
    public Cost capture(Path live, int version, List<Path> changed)
        throws IOException, InterruptedException {
      String script =
          "borg create -C zstd,3 --chunker-params buzhash,10,16,13,4095 ::v" + version + " .";
      return Shell.timed(live, environment, script);
    }

    @Override
    public long storedBytes() throws IOException, InterruptedException {
      return Shell.bytes(folder.resolve("repository"));
    }

    @Override
    public Cost restore(int version, Path into) throws IOException, InterruptedException {
      return Shell.timed(into, environment, "borg extract ::v" + version);
    }
  }

  private static final class Casync implements Tool {
    private final Path folder;

    Casync(Path folder) {
      this.folder = folder;
    }

    @Override
    public String name() {
      return "casync";
    }

    @Override
    public Cost capture(Path live, int version, List<Path> changed)
        throws IOException, InterruptedException {
      return Shell.timed(
          folder, Map.of(), "casync make --store=store v" + version + ".caidx '" + live + "'");
    }

    @Override
    public long storedBytes() throws IOException, InterruptedException {
      return Shell.bytes(folder);
    }

    @Override
    public Cost restore(int version, Path into) throws IOException, InterruptedException {
      return Shell.timed(
          folder, Map.of(), "casync extract --store=store v" + version + ".caidx '" + into + "'");
    }
  }

  /** Each version by itself, compressed. */
  private static final class Copies implements Tool {
    private final Path folder;

    Copies(Path folder) {
      this.folder = folder;
    }

    @Override
    public String name() {
      return "zstd";
    }

    @Override
    public Cost capture(Path live, int version, List<Path> changed)
        throws IOException, InterruptedException {
      return Shell.timed(live, Map.of(), "tar c . | zstd -q -3 > '" + file(version) + "'");
    }

    private Path file(int version) {
      return folder.resolve("v" + version + ".tar.zst");
    }

    @Override
    public long storedBytes() throws IOException, InterruptedException {
      return Shell.bytes(folder);
    }

    @Override
    public Cost restore(int version, Path into) throws IOException, InterruptedException {
      return Shell.timed(into, Map.of(), "zstd -q -dc '" + file(version) + "' | tar x");
    }
  }
}
