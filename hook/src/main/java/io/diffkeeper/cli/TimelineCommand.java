package io.diffkeeper.cli;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.history.Change;
import io.diffkeeper.history.Operation;
import io.diffkeeper.history.Timeline;
import io.diffkeeper.history.Trail;
import io.diffkeeper.store.Moment;
import io.diffkeeper.store.StateName;
import io.diffkeeper.store.Store;
import io.diffkeeper.store.Version;
import io.diffkeeper.tree.Name;
import java.time.DateTimeException;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code diffkeeper timeline}: every change, in order. */
@Command(
    name = "timeline",
    description = {
      "Tell every change to a state in order of time.",
      "Changes of one version are told together: what happened between two versions is their sum.",
      "The process is the last one that did it, if the event source knows."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  diffkeeper timeline web --since=-10m",
      "  diffkeeper timeline web --path /data/app.conf   under all names that it had"
    })
final class TimelineCommand implements Callable<Integer> {
  @Mixin StateOptions options;

  @Mixin OutputOptions output;

  @Parameters(paramLabel = "NAME", description = "The state.")
  String name;

  @Option(
      names = "--since",
      paramLabel = "V",
      description = "From this on: a version's number, or a time (-5m, 2026-11-22T10:00:00Z).")
  String since;

  @Option(names = "--until", paramLabel = "V", description = "Up to this, likewise.")
  String until;

  @Option(
      names = "--path",
      paramLabel = "PATH",
      description = "Only this path and what is beneath it; renames are followed.")
  String path;

  @Override
  public Integer call() {
    Output rows = output.table("TIME", "VERSION", "OPERATION", "PATH", "SIZE", "PROCESS", "DETAIL");
    try (Store store = options.open()) {
      StateName state = options.existing(store, name);
      Predicate<Version> from = since == null ? all -> true : bound("--since", since, true);
      Predicate<Version> to = until == null ? all -> true : bound("--until", until, false);
      Predicate<Version> wanted = from.and(to);
      Timeline timeline = new Timeline(store, state);
      if (path == null) {
        timeline.walk(wanted, step -> step.changes().forEach(change -> row(step, change, rows)));
      } else {
        trail(store, state, timeline, wanted, rows);
      }
    }
    rows.end();
    return 0;
  }

  /** What concerns the path; nothing if it is there and never changed. */
  private void trail(
      Store store, StateName state, Timeline timeline, Predicate<Version> wanted, Output rows) {
    for (Name name : PathArgument.names(path)) {
      boolean[] found = new boolean[1];
      Trail.walk(
          timeline,
          name,
          (step, change) -> {
            found[0] = true;
            if (wanted.test(step.version())) {
              row(step, change, rows);
            }
          });
      if (found[0]) {
        return;
      }
    }
    VersionTree.of(store, options.ref(state.toString()).find(store)).entry(path);
  }

  /** A bound, which includes what it names. */
  private static Predicate<Version> bound(String option, String text, boolean lower) {
    if (text.matches("[0-9]{1,18}")) {
      long number = Long.parseLong(text);
      return version -> lower ? version.number() >= number : version.number() <= number;
    }
    try {
      Moment moment = Moment.parse(text);
      return version ->
          lower ? !version.time().isBefore(moment.first()) : !version.time().isAfter(moment.last());
    } catch (DateTimeException malformed) {
      throw new DiffKeeperException(
          ExitCode.USAGE,
          option + " '" + text + "': use 7, -5m, 2026-11-22T10:00:00Z or a time as tables show it");
    }
  }

  private static void row(Timeline.Step step, Change change, Output rows) {
    boolean sized = change.isFile() && change.operation() != Operation.REMOVE;
    rows.row(
        step.version().time(),
        step.version().number(),
        change.operation(),
        change.path(),
        sized ? new Output.Size(change.size()) : null,
        step.author(change),
        Details.of(change));
  }
}
