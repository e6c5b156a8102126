package io.diffkeeper.cli;

import io.diffkeeper.bpf.Rung;
import io.diffkeeper.config.Configuration;
import io.diffkeeper.keeper.Home;
import io.diffkeeper.store.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code diffkeeper doctor}: what this host can do. */
@Command(
    name = "doctor",
    description = "Tell what this host can do, and what to do about what it can't.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {"  diffkeeper doctor"})
final class DoctorCommand implements Callable<Integer> {
  @Mixin StoreOptions options;

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Spec CommandSpec spec;

  private final Output output = new Output("CHECK", "OK", "DETAIL");

  @Override
  public Integer call() {
    Configuration configuration = options.configuration();
    row("kernel", true, System.getProperty("os.version"));
    boolean first = true;
    for (Rung rung : Home.probe(configuration)) {
      boolean used = first && rung.usable();
      row("event source " + rung.name(), rung.usable(), (used ? "in use: " : "") + rung.reason());
      first &= !rung.usable();
    }
    store(configuration.store());
    for (String runtime : new String[] {"podman", "crun", "runc", "containerd"}) {
      String found = inPath(runtime);
      row(runtime, found != null, found == null ? "not installed" : found);
    }
    hook(Path.of("/usr/share/containers/oci/hooks.d"));
    boolean syslog = Files.exists(Path.of("/dev/log"));
    row(
        "log",
        true,
        syslog
            ? "syslog or journald, tag diffkeeper"
            : "no /dev/log: " + configuration.runDir().resolve("diffkeeper.log"));
    output.print(spec.commandLine().getOut(), json);
    return 0;
  }

  private void row(String check, boolean ok, String detail) {
    output.row(check, json ? (Object) ok : ok ? "yes" : "no", detail);
  }

  private void store(Path path) {
    if (!Files.isDirectory(path)) {
      row("store", true, path + ": none yet, made when the first container starts");
      return;
    }
    try (Store store = Store.openExisting(path)) {
      row("store", true, path + ": " + store.states().size() + " states");
    } catch (io.diffkeeper.DiffKeeperException e) {
      row("store", false, e.getMessage());
    }
  }

  private void hook(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      boolean found = files.anyMatch(f -> f.getFileName().toString().contains("diffkeeper"));
      row(
          "podman hook",
          found,
          found ? directory.toString() : "not registered in " + directory + ": use --hooks-dir");
    } catch (IOException none) {
      row("podman hook", false, directory + ": no such directory: use --hooks-dir");
    }
  }

  private static String inPath(String program) {
    for (String directory : System.getenv().getOrDefault("PATH", "/usr/bin").split(":")) {
      Path file = Path.of(directory, program);
      if (Files.isExecutable(file)) {
        return file.toString();
      }
    }
    return null;
  }
}
