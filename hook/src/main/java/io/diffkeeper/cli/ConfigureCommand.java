package io.diffkeeper.cli;

import io.diffkeeper.engine.Engine;
import io.diffkeeper.engine.Handler;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code diffkeeper configure}: has a container engine run our hooks. */
@Command(
    name = "configure",
    description = {
      "Have a container engine run DiffKeeper's hooks, for containers that opt in.",
      "containerd, CRI-O and Docker get a runtime handler, whose runtime is diffkeeper-runtime(8);"
          + " Podman the folder of hooks, where it does not read that already. Comments and order of"
          + " the engine's settings stay, and the old file is kept as FILE.before-diffkeeper."
          + " Nothing is restarted. With the same settings the second run changes nothing."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  diffkeeper configure containerd --dry-run",
      "  diffkeeper configure containerd && systemctl restart containerd",
      "  diffkeeper configure containerd --runtime-class | kubectl apply -f -",
      "  diffkeeper configure docker --set-default"
    })
final class ConfigureCommand implements Callable<Integer> {
  private static final String NAME = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";

  @Mixin EngineOptions options;

  @Option(
      names = "--handler",
      paramLabel = "NAME",
      defaultValue = "diffkeeper",
      description = "The runtime handler's name (default: diffkeeper).")
  String handler;

  @Option(
      names = "--set-default",
      description = "Make it the engine's default handler; without this that is never changed.")
  boolean makeDefault;

  @Option(
      names = "--runtime-class",
      description = "Only print the Kubernetes RuntimeClass for the handler.")
  boolean runtimeClass;

  @Override
  public Integer call() throws IOException {
    Engine engine = options.engine();
    if (!handler.matches(NAME)) {
      throw new CommandLine.ParameterException(
          options.spec.commandLine(), "--handler: not a name of small letters, digits and dashes");
    }
    if (runtimeClass) {
      options.spec.commandLine().getOut().print(manifest());
      options.spec.commandLine().getOut().flush();
      return 0;
    }
    Handler ours = new Handler(handler, EngineOptions.prefix(), makeDefault);
    options.apply(engine, engine.configure(ours));
    return 0;
  }

  private String manifest() {
    return String.format(
        "apiVersion: node.k8s.io/v1%nkind: RuntimeClass%nmetadata:%n  name: %1$s%nhandler: %1$s%n",
        handler);
  }
}
