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
  private static final String SHIM = "diffkeeper-shim";
  private static final String[] SERVICES = {
    "diffkeeper-nri", "diffkeeper-events", "diffkeeper-trace"
  };
  private static final Path SYSTEMD = Path.of("/run/systemd/system");
  private static final long ANSWER_SECONDS_MAX = 10;

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
    if (HANDLERS.keySet().stream().anyMatch(engine -> inPath(engine) != null)) {
      services();
    }
  }

  private boolean version(String program) {
    String path = inPath(program);
    if (path == null) {
      return false;
    }
    try {
      String answer = answer(path, "--version");
      findings.accept(
          answer == null
              ? Finding.degraded(program, path + ": does not answer", "run it by hand")
              : Finding.ok(program, path + ": " + answer));
    } catch (IOException e) {
      findings.accept(Finding.broken(program, path + ": " + e.getMessage(), "install it again"));
    }
    return true;
  }

  /** The first line of what a program prints; null if it does not end in time. */
  private static String answer(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    try {
      if (!process.waitFor(ANSWER_SECONDS_MAX, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return null;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    }
    String out = new String(process.getInputStream().readAllBytes());
    return out.lines().findFirst().orElse("").strip();
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

  /** The services for engines that read no hooks, if they are there; none has to run. */
  private void services() {
    String program = inPath(SHIM);
    if (program == null) {
      findings.accept(
          Finding.ok(SHIM, "not installed; it is for NRI, and for what starts without hooks"));
      return;
    }
    findings.accept(Finding.ok(SHIM, program));
    if (!Files.isDirectory(SYSTEMD)) {
      return;
    }
    for (String service : SERVICES) {
      try {
        String state = answer("systemctl", "is-active", service);
        findings.accept(
            "failed".equals(state)
                ? Finding.broken(service, state, "journalctl -u " + service + " says why")
                : Finding.ok(service, state == null ? "unknown" : state));
      } catch (IOException e) {
        findings.accept(Finding.degraded(service, e.getMessage(), "is systemctl installed?"));
      }
    }
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
