package io.diffkeeper.cli;

import io.diffkeeper.config.Configuration;
import io.diffkeeper.keeper.Adoption;
import io.diffkeeper.keeper.Launcher;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code diffkeeper adopt}: captures a container that runs without a keeper. */
@Command(
    name = "adopt",
    description = {
      "Capture a container from now on that opted in and runs without a keeper, because that was"
          + " killed or the container went by our hooks. Nothing is replayed into it: what it has"
          + " becomes a version.",
      "Of a container that has ended after its keeper was killed, the last version is made.",
      "Containers are found by conmon (Podman, CRI-O) and containerd's shims (containerd, Docker)."
          + " Without root: podman unshare diffkeeper adopt NAME."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {"  diffkeeper adopt web", "  diffkeeper adopt 3f2a9c1b"})
final class AdoptCommand implements Callable<Integer> {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Configuration file (default /etc/diffkeeper/config.toml).")
  Path config;

  @Option(
      names = "--run-dir",
      paramLabel = "DIR",
      description = "The run directory (default /run/diffkeeper).")
  Path runDir;

  @Option(
      names = "--namespace",
      paramLabel = "NAMESPACE",
      description = "Namespace of names that have none (default: podman).")
  String namespace = "podman";

  @Parameters(
      paramLabel = "NAME|CONTAINER",
      description = "The state, or the container: its name, its id, or the beginning of that.")
  String name;

  @Mixin OutputOptions output;

  @Override
  public Integer call() {
    Optional<Path> file = Optional.ofNullable(config);
    Path dir = runDir == null ? Configuration.load(file, System.getenv()).runDir() : runDir;
    Adoption.Done done = new Adoption(dir, Launcher.installed(dir, file)).adopt(name, namespace);
    Output rows = output.table("STATE", "CONTAINER", "OUTCOME");
    rows.row(
        done.state(),
        output.json ? done.containerId() : Output.abbreviated(done.containerId()),
        done.outcome().name().toLowerCase(Locale.ROOT));
    rows.end();
    return 0;
  }
}
