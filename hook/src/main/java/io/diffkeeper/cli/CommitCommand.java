package io.diffkeeper.cli;

import io.diffkeeper.store.StateName;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code diffkeeper commit}: a barrier. */
@Command(
    name = "commit",
    description = "Return when everything that was written before is durable.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {"  podman exec web save-all && diffkeeper commit web"})
final class CommitCommand implements Callable<Integer> {
  @Mixin StateOptions options;

  @Mixin RunDirOptions running;

  @Parameters(paramLabel = "NAME", description = "The state of a running container.")
  String name;

  @Mixin OutputOptions output;

  @Override
  public Integer call() {
    StateName state = options.state(name);
    long version = running.keepers(options).commit(state);
    if (output.json) {
      Output rows = output.table("STATE", "VERSION");
      rows.row(state, version);
      rows.end();
    } else {
      output.out().println(version);
    }
    return 0;
  }
}
