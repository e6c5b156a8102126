package io.diffkeeper.cli;

import io.diffkeeper.engine.Engine;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code diffkeeper unconfigure}: takes our hooks out of a container engine's settings. */
@Command(
    name = "unconfigure",
    description = {
      "Take out of a container engine's settings what 'configure' has put in.",
      "What was changed in them since stays; if nothing was, they are byte for byte what they were"
          + " before."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  diffkeeper unconfigure containerd --dry-run",
      "  diffkeeper unconfigure containerd && systemctl restart containerd"
    })
final class UnconfigureCommand implements Callable<Integer> {
  @Mixin EngineOptions options;

  @Override
  public Integer call() throws IOException {
    Engine engine = options.engine();
    options.apply(engine, engine.unconfigure());
    return 0;
  }
}
