package io.diffkeeper.cli;

import io.diffkeeper.keeper.StateLock;
import io.diffkeeper.store.StateInfo;
import io.diffkeeper.store.Store;
import io.diffkeeper.store.Version;
import io.diffkeeper.store.Versions;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code diffkeeper ls}: the states of the store. */
@Command(
    name = "ls",
    description = "List states: latest version, its time and size, and who holds them.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {"  diffkeeper ls", "  diffkeeper ls --json | jq -r '.[].state'"})
final class LsCommand implements Callable<Integer> {
  @Mixin StateOptions options;

  @Mixin OutputOptions output;

  @Override
  public Integer call() {
    Path directory = options.configuration().store();
    Output rows = output.table("STATE", "VERSION", "TIME", "SIZE", "STORED", "IMAGE", "HOLDER");
    try (Store store = options.open()) {
      for (StateInfo state : store.states()) {
        if (!options.lists(state.name())) {
          continue;
        }
        Version latest = state.latest();
        rows.row(
            state.name(),
            latest == null ? null : latest.number(),
            latest == null ? null : latest.time(),
            latest == null ? null : new Output.Size(latest.bytes()),
            new Output.Size(stored(store, state)),
            state.imageRepository(),
            StateLock.holder(directory, state.name()));
      }
    }
    rows.end();
    return 0;
  }

  private static long stored(Store store, StateInfo state) {
    return new Versions(store, state.name()).storedBytes();
  }
}
