package io.diffkeeper.cli;

import io.diffkeeper.keeper.StateLock;
import io.diffkeeper.store.StateName;
import io.diffkeeper.store.Store;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code diffkeeper rm}: removes a state. */
@Command(
    name = "rm",
    description = {
      "Remove a state with all of its versions. Refused while a keeper holds it.",
      "'diffkeeper gc' frees the room."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {"  diffkeeper rm web"})
final class RmCommand implements Callable<Integer> {
  @Mixin StateOptions options;

  @Parameters(paramLabel = "NAME", description = "The state.")
  String name;

  @Override
  public Integer call() {
    String holder = "process " + ProcessHandle.current().pid() + " (diffkeeper rm)";
    try (Store store = options.open()) {
      StateName state = options.existing(store, name);
      StateLock lock =
          StateLock.acquire(options.configuration().store(), state, holder, Duration.ZERO);
      try {
        store.remove(state);
      } finally {
        lock.close();
      }
    }
    return 0;
  }
}
