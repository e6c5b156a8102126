package io.diffkeeper.cli;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.Retention;
import io.diffkeeper.config.Configuration;
import io.diffkeeper.store.StateName;
import io.diffkeeper.store.Store;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code diffkeeper forget}: forgets old versions. */
@Command(
    name = "forget",
    description = {
      "Forget all versions of a state but those that any of the rules names, the newest one, and"
          + " the newest one that is not fuzzy.",
      "Without options the rules are those of the configuration. 'diffkeeper gc' frees the room."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {"  diffkeeper forget web --keep-last 20 --keep-daily 7"})
final class ForgetCommand implements Callable<Integer> {
  @Mixin StateOptions options;

  @Parameters(paramLabel = "NAME", description = "The state.")
  String name;

  @Option(names = "--keep-last", paramLabel = "N", description = "Keep the newest N versions.")
  String last;

  @Option(
      names = "--keep-within",
      paramLabel = "TIME",
      description = "Keep what is not older: 90s, 30m, 12h, 7d.")
  String within;

  @Option(
      names = "--keep-hourly",
      paramLabel = "N",
      description = "Keep the newest version of each of the last N hours that have one.")
  String hourly;

  @Option(names = "--keep-daily", paramLabel = "N", description = "The same for days.")
  String daily;

  @Option(names = "--keep-weekly", paramLabel = "N", description = "The same for weeks.")
  String weekly;

  @Mixin OutputOptions output;

  @Override
  public Integer call() {
    StateName state = options.state(name);
    Retention retention = retention();
    List<Long> forgotten;
    try (Store store = options.open()) {
      forgotten = store.forget(state, retention, Instant.now());
    }
    if (output.json) {
      Output rows = output.table("VERSION");
      forgotten.forEach(rows::row);
      rows.end();
    } else {
      output.out().println("forgotten: " + forgotten.size() + " versions");
    }
    return 0;
  }

  private Retention retention() {
    Map<String, String> rules = new LinkedHashMap<>();
    rules.put("keep-last", last);
    rules.put("keep-within", within);
    rules.put("keep-hourly", hourly);
    rules.put("keep-daily", daily);
    rules.put("keep-weekly", weekly);
    Configuration configuration = options.configuration();
    if (rules.values().stream().anyMatch(value -> value != null)) {
      for (Map.Entry<String, String> rule : rules.entrySet()) {
        String none = rule.getKey().equals("keep-within") ? "0s" : "0";
        String value = rule.getValue() == null ? none : rule.getValue();
        configuration = configuration.with(rule.getKey(), value);
      }
    } else if (configuration.retention().equals(Retention.NONE)) {
      throw new DiffKeeperException(
          ExitCode.USAGE, "nothing says what to keep: give --keep-last or another rule");
    }
    return configuration.retention();
  }
}
