package io.diffkeeper.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A look at the container engines of this host, and at the hooks that they would run. */
final class Engines {
  private static final String[] RUNTIMES = {"podman", "crio", "containerd", "docker"};
  private static final String[] OCI_RUNTIMES = {"crun", "runc"};
  private static final Path[] HOOK_FOLDERS = {
    Path.of("/usr/share/containers/oci/hooks.d"), Path.of("/etc/containers/oci/hooks.d")
  };
  private static final Path[] ENGINE_SETTINGS = {
    Path.of("/usr/share/containers/containers.conf"), Path.of("/etc/containers/containers.conf")
  };
  private static final Pattern HOOKS_DIR =
      Pattern.compile("(?m)^\\s*hooks_dir\\s*=\\s*\\[(.*?)\\]");
  private static final Pattern QUOTED = Pattern.compile("\"([^\"]*)\"");

  /** Where configure puts a handler. */
  private static final Map<String, List<Path>> HANDLERS =
      new TreeMap<>(
          Map.of(
              "containerd",
              List.of(
                  Path.of("/etc/containerd/config.toml"),
                  Path.of("/etc/containerd/conf.d/50-diffkeeper.toml")),
              "crio",
              List.of(Path.of("/etc/crio/crio.conf.d/50-diffkeeper.conf")),
              "docker",
              List.of(Path.of("/etc/docker/daemon.json"))));

  private static final Pattern WRAPPER = Pattern.compile("\"(/[^\"]*/diffkeeper-runtime)\"");
  private static final long VERSION_SECONDS_MAX = 10;

  private final Consumer<Finding> findings;

  Engines(Consumer<Finding> findings) {
    this.findings = findings;
  }

  void look() {
    int engines = 0;
    for (String engine : RUNTIMES) {
      engines += version(engine) ? 1 : 0;
    }
    int runtimes = 0;
    for (String runtime : OCI_RUNTIMES) {
      runtimes += version(runtime) ? 1 : 0;
    }
    if (engines == 0 || runtimes == 0) {
      findings.accept(
          Finding.degraded(
              "containers",
              "no container engine or OCI runtime is installed",
              "install podman and crun, or use 'diffkeeper run'"));
    }
    if (inPath("podman") != null) {
      hook("podman hook");
    }
    HANDLERS.forEach(this::handler);
  }

  private boolean version(String program) {
    String path = inPath(program);
    if (path == null) {
      return false;
    }
    try {
      Process process = new ProcessBuilder(path, "--version").redirectErrorStream(true).start();
      process.getOutputStream().close();
      if (!process.waitFor(VERSION_SECONDS_MAX, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        findings.accept(Finding.degraded(program, path + ": does not answer", "run it by hand"));
        return true;
      }
      String out = new String(process.getInputStream().readAllBytes());
      String first = out.lines().findFirst().orElse("").strip();
      findings.accept(Finding.ok(program, path + ": " + first));
    } catch (IOException e) {
      findings.accept(Finding.broken(program, path + ": " + e.getMessage(), "install it again"));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return true;
  }

  static String inPath(String program) {
    for (String directory : System.getenv().getOrDefault("PATH", "/usr/bin").split(":")) {
      Path file = Path.of(directory, program);
      if (Files.isExecutable(file)) {
        return file.toString();
      }
    }
    return null;
  }

  /** Whether an engine that reads no hooks has a handler that adds them. */
  private void handler(String engine, List<Path> settings) {
    if (inPath(engine) == null) {
      return;
    }
    String check = engine + " handler";
    for (Path file : settings) {
      try {
        Matcher wrapper = WRAPPER.matcher(Files.readString(file));
        if (wrapper.find()) {
          findings.accept(
              Files.isExecutable(Path.of(wrapper.group(1)))
                  ? Finding.ok(check, file + " runs " + wrapper.group(1))
                  : Finding.broken(
                      check,
                      file + " names " + wrapper.group(1) + ", which is no program",
                      "its containers do not start: diffkeeper unconfigure " + engine));
          return;
        }
      } catch (IOException none) {
        // Then it has none there.
      }
    }
    findings.accept(
        Finding.ok(
            check, "none, so nothing is kept there ('diffkeeper configure " + engine + "')"));
  }

  // --- hooks -------------------------------------------------------------------------------------

  private void hook(String check) {
    List<Path> files = new ArrayList<>();
    for (Path folder : folders()) {
      try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, "*diffkeeper*.json")) {
        found.forEach(files::add);
      } catch (IOException none) {
        // A folder that is not there has no hooks.
      }
    }
    if (files.isEmpty()) {
      findings.accept(
          Finding.degraded(
              check,
              "no hook in " + folders(),
              "install the package, or give podman --hooks-dir FOLDER for every command"));
    }
    for (Path file : files) {
      try {
        String program = program(file);
        findings.accept(
            program != null && Files.isExecutable(Path.of(program))
                ? Finding.ok(check, file + " runs " + program)
                : Finding.broken(
                    check,
                    file + " names " + program + ", which is no program",
                    "engines ignore such a hook: install the package again"));
      } catch (IOException | UncheckedIOException e) {
        findings.accept(Finding.broken(check, file + ": " + e.getMessage(), "install it again"));
      }
    }
  }

  /** Where podman looks for hooks: the folders that it has by default, and those it was told of. */
  private static List<Path> folders() {
    List<Path> folders = new ArrayList<>(List.of(HOOK_FOLDERS));
    for (Path settings : ENGINE_SETTINGS) {
      try {
        Matcher setting = HOOKS_DIR.matcher(Files.readString(settings));
        if (setting.find()) {
          folders.clear();
          QUOTED.matcher(setting.group(1)).results().forEach(f -> folders.add(Path.of(f.group(1))));
        }
      } catch (IOException none) {
        // Then the default is used.
      }
    }
    return folders;
  }

  private static String program(Path hook) throws IOException {
    try (JsonParser json = new JsonFactory().createParser(Files.readString(hook))) {
      while (json.nextToken() != null) {
        if (json.currentToken() == JsonToken.VALUE_STRING && "path".equals(json.currentName())) {
          return json.getText();
        }
      }
      return null;
    }
  }
}
