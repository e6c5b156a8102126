package io.diffkeeper.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** A host with podman on one OCI runtime, and hooks that lead to the built product. */
final class World extends Host {
  private static final int REMOVALS_MAX = 3;

  private static int worlds;

  final String runtime;

  /** The name of the container under test, and of its state. */
  final String name;

  private final Set<String> names = new LinkedHashSet<>();
  private List<String> entry = List.of();

  /**
   * A world of its own.
   *
   * @param runtime crun or runc
   * @param settings lines of the configuration
   */
  World(String runtime, String... settings) throws IOException {
    super(settings);
    this.runtime = runtime;
    this.name = "dk-" + nextNumber();
    Files.createDirectory(scratch.resolve("hooks.d"));
    Path hooks = dist().resolve("share/containers/oci/hooks.d");
    try (DirectoryStream<Path> ours = Files.newDirectoryStream(hooks, "*-diffkeeper*.json")) {
      for (Path hook : ours) {
        install(hook);
      }
    }
  }

  private static synchronized int nextNumber() {
    return ++worlds;
  }

  private void install(Path hook) throws IOException {
    String ours =
        String.format(
            "\"args\": [\"diffkeeper-hook\", \"--config\", \"%s\", \"--run-dir\", \"%s\", ",
            config(), runDir);
    String json = Files.readString(hook).replace("\"args\": [\"diffkeeper-hook\", ", ours);
    assertFalse(!json.contains(runDir.toString()), "no args in " + hook);
    Files.writeString(scratch.resolve("hooks.d").resolve(hook.getFileName()), json);
  }

  /** Gives the hook one option more from now on. */
  void hookOption(String option) throws IOException {
    try (DirectoryStream<Path> hooks = Files.newDirectoryStream(scratch.resolve("hooks.d"))) {
      for (Path hook : hooks) {
        String json = Files.readString(hook);
        String name = "\"diffkeeper-hook\",";
        Files.writeString(hook, json.replace(name, name + " \"" + option + "\","));
      }
    }
  }

  /** Has podman run in another place from now on, which these words before a command lead to. */
  void enter(List<String> words) {
    entry = List.copyOf(words);
  }

  // --- programs ----------------------------------------------------------------------------------

  /** The words of a call of podman. */
  List<String> podmanWords(String... words) {
    List<String> all = new ArrayList<>(entry);
    all.addAll(List.of("podman", "--hooks-dir", scratch.resolve("hooks.d").toString()));
    all.addAll(List.of("--runtime", runtime));
    all.addAll(List.of(words));
    return all;
  }

  /** Runs podman; it may fail. */
  Run tryPodman(String... words) {
    return run(null, podmanWords(words));
  }

  /** Runs podman. */
  Run podman(String... words) {
    Run run = tryPodman(words);
    assertEquals(0, run.code(), () -> run + hookErrors() + log());
    return run;
  }

  /** Starts podman, and leaves it running. */
  Attached startPodman(List<String> words) throws IOException {
    return start(podmanWords(words.toArray(String[]::new)));
  }

  /**
   * A folder for the front of a path: podman and diffkeeper, as scripts know them, in this world.
   *
   * @param containers what the scripts make
   */
  Path tools(String... containers) throws IOException {
    names.addAll(List.of(containers));
    Path folder = Files.createDirectories(scratch.resolve("tools"));
    tool(folder.resolve("podman"), "podman", podmanWords());
    List<String> words = List.of(program());
    tool(folder.resolve("diffkeeper"), "diffkeeper", words);
    return folder;
  }

  private void tool(Path file, String name, List<String> words) throws IOException {
    String found = words.get(0).equals(name) ? "/usr/bin/" + name : words.get(0);
    List<String> all = new ArrayList<>(List.of("exec", found));
    all.addAll(words.subList(1, words.size()));
    String script =
        String.format(
            "#!/bin/sh\nexport DIFFKEEPER_STORE=%s DIFFKEEPER_RUN_DIR=%s%n%s \"$@\"%n",
            store(), runDir, String.join(" ", all));
    Files.writeString(file, script);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  // --- containers --------------------------------------------------------------------------------

  /** What a container that keeps {@code /data} is made with. */
  List<String> keeping(String container, List<String> options, String image, String... command) {
    names.add(container);
    List<String> words = new ArrayList<>(List.of("--name", container, "--network", "none"));
    words.addAll(List.of("--annotation", "run.oci.hooks.stderr=" + scratch.resolve("hook.err")));
    if (options.stream().noneMatch(o -> o.startsWith("io.diffkeeper.state-dir"))) {
      words.addAll(List.of("--annotation", "io.diffkeeper.state-dir=/data"));
    }
    words.addAll(options);
    words.add(image);
    words.addAll(List.of(command));
    return words;
  }

  private String[] words(String first, List<String> rest) {
    List<String> all = new ArrayList<>(List.of(first));
    all.addAll(rest);
    return all.toArray(String[]::new);
  }

  /** Runs a container of the first image to its end and removes it; it may fail. */
  Run tryOnce(List<String> options, String image, String... command) {
    Run run = tryPodman(words("run", keeping(name, options, image, command)));
    remove();
    return run;
  }

  /** Runs a container to its end and removes it. */
  Run once(List<String> options, String image, String... command) {
    Run run = tryOnce(options, image, command);
    assertEquals(0, run.code(), () -> run + hookErrors() + log());
    return run;
  }

  Run once(String... command) {
    return once(List.of(), Images.FIRST, command);
  }

  /** Starts a container and stays attached to its output. */
  Attached start(List<String> options, String image, String... command) throws IOException {
    return start(name, options, image, command);
  }

  Attached start(String container, List<String> options, String image, String... command)
      throws IOException {
    return start(podmanWords(words("run", keeping(container, options, image, command))));
  }

  /** Kills the container and removes it with what it wrote. */
  void killAndRemove() {
    podman("kill", "--signal", "KILL", name);
    remove();
  }

  /** Again where podman and its own clean-up after the kill got in each other's way. */
  void remove() {
    String[] words = {"rm", "--force", "--time", "0", "--volumes", name};
    Run run = tryPodman(words);
    for (int i = 0; i < REMOVALS_MAX && run.err().contains("resource busy"); i++) {
      run = tryPodman(words);
    }
    run.expect(0);
  }

  /** The manifest of /data in the running container. */
  String manifest() {
    return podman("exec", name, "/fileops", "manifest", "/data").out();
  }

  String hookErrors() {
    return read(scratch.resolve("hook.err"));
  }

  @Override
  String engineLog() {
    return hookErrors();
  }

  @Override
  void removeContainers() {
    for (String container : names) {
      tryPodman("rm", "--force", "--time", "0", "--volumes", "--ignore", container);
    }
  }
}
