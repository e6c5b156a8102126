package io.diffkeeper.cli;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.keeper.Home;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Unmatched;

/** {@code diffkeeper hook}: runs the OCI hook by hand. */
@Command(
    name = "hook",
    description = {
      "Run the OCI hook as a runtime does: state JSON on standard input.",
      "Options of diffkeeper-hook go before the stage."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {"  diffkeeper hook createRuntime < state.json"})
final class HookCommand implements Callable<Integer> {
  @Parameters(
      arity = "1..*",
      paramLabel = "STAGE",
      description = "createRuntime or poststop, after diffkeeper-hook's options.")
  List<String> arguments = new ArrayList<>();

  @Unmatched List<String> passed = new ArrayList<>();

  @Override
  public Integer call() throws InterruptedException {
    Path hook =
        Home.path()
            .toAbsolutePath()
            .normalize()
            .resolve("../../libexec/oci/hooks.d/diffkeeper-hook")
            .normalize();
    List<String> words = new ArrayList<>(List.of(hook.toString()));
    words.addAll(passed);
    words.addAll(arguments);
    try {
      return new ProcessBuilder(words).inheritIO().start().waitFor();
    } catch (IOException e) {
      throw new DiffKeeperException(ExitCode.INTERNAL, hook + ": " + e.getMessage(), e);
    }
  }
}
