package io.diffkeeper.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A containerd with folders of its own, which can be killed and started again. Its containers go on
 * meanwhile.
 */
final class Containerd implements AutoCloseable {
  private static final long END_SECONDS_MAX = 60;

  private final Path programs;
  private final Path scratch;
  private final Path state;
  private final Path config;
  private final Path log;
  private final Cri cri;
  private Process process;

  /**
   * Makes its folders; it is not started yet.
   *
   * @param programs the folder of containerd, its shim and ctr
   * @param scratch for what it stores
   */
  Containerd(Path programs, Path scratch) throws IOException {
    this.programs = programs;
    this.scratch = scratch;
    this.state = Files.createTempDirectory(Path.of("/run"), "dk-node");
    this.config = scratch.resolve("containerd.toml");
    this.log = Files.createFile(scratch.resolve("containerd.log"));
    this.cri = new Cri(socket());
  }

  /** The least configuration. What it says of the CRI, in version 2 of the format, may follow. */
  void configure(List<String> more) throws IOException {
    List<String> lines =
        new ArrayList<>(
            List.of(
                "version = 2",
                "root = \"" + scratch.resolve("containerd") + "\"",
                "state = \"" + state.resolve("state") + "\"",
                "[grpc]",
                "address = \"" + socket() + "\"",
                "[plugins.\"io.containerd.internal.v1.opt\"]",
                "path = \"" + scratch.resolve("opt") + "\""));
    lines.addAll(more);
    Files.write(config, lines);
  }

  /**
   * The configuration that containerd has by default, but with this one's folders, and what a test
   * machine, which is a container itself, cannot do without.
   */
  void configureByDefault(String sandboxImage) throws IOException {
    String text = run(programs + "/containerd", "config", "default").out();
    Files.writeString(
        config,
        text.replaceFirst("(?m)^root = .*", "root = '" + scratch.resolve("containerd") + "'")
            .replaceFirst("(?m)^state = .*", "state = '" + state.resolve("state") + "'")
            .replaceFirst("(?m)address = .*containerd.sock.*", "address = '" + socket() + "'")
            .replaceFirst(
                "(?m)path = .*/opt/containerd.$", "path = '" + scratch.resolve("opt") + "'")
            .replaceFirst("socket_path = .*", "socket_path = '" + state.resolve("nri.sock") + "'")
            .replaceFirst("sandbox(_image)? = .*pause.*", "sandbox$1 = '" + sandboxImage + "'")
            .replace("restrict_oom_score_adj = false", "restrict_oom_score_adj = true")
            .replace("disable_apparmor = false", "disable_apparmor = true"));
  }

  /** Its main file of settings. */
  Path config() {
    return config;
  }

  /** Where it listens. */
  Path socket() {
    return state.resolve("containerd.sock");
  }

  /** A running container's bundle. */
  Path bundle(String id) {
    return state.resolve("state/io.containerd.runtime.v2.task/k8s.io").resolve(id);
  }

  Cri cri() {
    return cri;
  }

  String log() {
    return Host.read(log);
  }

  void start() throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(programs + "/containerd", "--config", config.toString())
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .redirectErrorStream(true);
    Map<String, String> env = builder.environment();
    env.put("PATH", programs + ":" + env.get("PATH")); // where it looks for its shim
    process = builder.start();
    Await.until(
        "containerd is up",
        () -> {
          if (!process.isAlive()) {
            throw new AssertionError("containerd ended\n" + log());
          }
          return cri.isUp();
        },
        this::log);
  }

  void kill() {
    process.destroyForcibly();
    awaitEnd();
  }

  private void awaitEnd() {
    try {
      if (!process.waitFor(END_SECONDS_MAX, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("containerd does not end\n" + log());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** Takes an image from podman's storage. */
  void load(String image) throws IOException {
    Path archive = scratch.resolve("image.tar");
    Files.deleteIfExists(archive);
    run("podman", "save", "--quiet", "--format", "oci-archive", "-o", archive.toString(), image);
    String ctr = programs.resolve("ctr").toString();
    String address = socket().toString();
    run(ctr, "--address", address, "-n", "k8s.io", "images", "import", archive.toString());
    Await.until("the CRI knows " + image, () -> cri.hasImage(image), this::log);
  }

  private Run run(String... words) {
    return Run.of(scratch, null, List.of(words)).expect(0);
  }

  @Override
  public void close() throws IOException {
    try {
      if (process != null) {
        process.destroy();
        awaitEnd();
      }
    } finally {
      cri.close();
    }
    // What containerd mounts for pods is gone with them, unless a test failed.
    try (Stream<String> mounts = Files.lines(Path.of("/proc/self/mounts"))) {
      for (String mount : mounts.map(line -> line.split(" ")[1]).toList()) {
        if (mount.startsWith(state + "/") || mount.startsWith(scratch + "/")) {
          Run.of(scratch, null, List.of("umount", "--lazy", mount));
        }
      }
    }
    run("rm", "-rf", state.toString());
  }
}
