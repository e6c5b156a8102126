package io.diffkeeper.cli;

import io.diffkeeper.store.StateInfo;
import io.diffkeeper.store.StateName;
import io.diffkeeper.store.Store;
import io.diffkeeper.store.StoreStats;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code diffkeeper stats}: what states take up. */
@Command(
    name = "stats",
    description = {
      "Tell what states take up in the store, and why not more.",
      "LIVE: the newest version's files. COPIES: all versions' files. STORED: what the state takes;"
          + " HISTORY: the part of it that older versions need. DEDUP: COPIES by those bytes of"
          + " them that are different, as restic's restore size by its raw data. DELTA: how many"
          + " times smaller deltas and compression make those, with all that describes them; below"
          + " 1 where there is so little that the index takes more.",
      "Without NAME and namespace, the last line is the whole store: what states share counts once there."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {"  diffkeeper stats", "  diffkeeper stats web --json | jq '.[0].dedup'"})
final class StatsCommand implements Callable<Integer> {
  private static final String WHOLE = "(store)";

  @Mixin StateOptions options;

  @Parameters(arity = "0..1", paramLabel = "NAME", description = "The state (default: all).")
  String name;

  @Mixin OutputOptions output;

  private Output rows;

  @Override
  public Integer call() {
    rows =
        output.table(
            "STATE", "VERSIONS", "LIVE", "COPIES", "STORED", "HISTORY", "DEDUP", "DELTA", "FILE");
    try (Store store = options.open()) {
      List<StateName> names =
          name == null
              ? store.states().stream().map(StateInfo::name).filter(options::lists).toList()
              : List.of(options.state(name));
      StoreStats[] total = new StoreStats[1];
      List<StoreStats> all = store.stats(names, stats -> total[0] = stats);
      for (int i = 0; i < all.size(); i++) {
        row(names.get(i), all.get(i), null);
      }
      if (name == null && options.namespace == null) {
        row(WHOLE, total[0], new Output.Size(store.fileBytes()));
      }
    }
    rows.end();
    return 0;
  }

  private void row(Object state, StoreStats stats, Output.Size file) {
    rows.row(
        state,
        stats.versions(),
        new Output.Size(stats.live()),
        new Output.Size(stats.copies()),
        new Output.Size(stats.stored()),
        new Output.Size(stats.history()),
        new Output.Ratio(stats.dedupRatio()),
        new Output.Ratio(stats.deltaRatio()),
        file);
  }
}
