package io.diffkeeper.cli;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.store.Store;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code diffkeeper allow}: lets containers of another image name a state. */
@Command(
    name = "allow",
    description = "Let containers of another image use a state that they name by annotation.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {"  diffkeeper allow web --image docker.io/library/nginx"})
final class AllowCommand implements Callable<Integer> {
  private static final String REPOSITORY = "[A-Za-z0-9._-]+(:[0-9]+)?(/[A-Za-z0-9._-]+)*";

  @Mixin StateOptions options;

  @Parameters(paramLabel = "NAME", description = "The state.")
  String name;

  @Option(
      names = "--image",
      required = true,
      paramLabel = "REPOSITORY",
      description = "The image's repository, without tag.")
  String image;

  @Override
  public Integer call() {
    if (!image.matches(REPOSITORY)) {
      throw new DiffKeeperException(
          ExitCode.USAGE,
          "--image '" + image + "': not a repository such as docker.io/library/nginx");
    }
    try (Store store = options.open()) {
      store.allow(options.state(name), image);
    }
    return 0;
  }
}
