package io.diffkeeper.cli;

import io.diffkeeper.store.StateName;
import io.diffkeeper.store.Store;
import io.diffkeeper.store.Version;
import io.diffkeeper.store.Versions;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code diffkeeper log}: a state's versions. */
@Command(
    name = "log",
    description = {
      "List a state's versions, newest first.",
      "ENDED marks the last look at what an ended container left. EXIT is the container's exit code,"
          + " 128 and the number for a signal; OOM, whether any of its processes was killed for want"
          + " of memory. Both stand at a container's last version."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {"  diffkeeper log web", "  diffkeeper log web --json | jq '.[0].version'"})
final class LogCommand implements Callable<Integer> {
  private static final String[] COLUMNS = {
    "VERSION",
    "TIME",
    "CUT",
    "CHANGED",
    "SIZE",
    "STORED",
    "SOURCE",
    "ENDED",
    "EXIT",
    "OOM",
    "CONTAINER",
    "ROOT",
  };

  /** With what is too long for a table at the end. */
  private static final String[] JSON_COLUMNS = Arrays.copyOf(COLUMNS, COLUMNS.length + 1);

  static {
    JSON_COLUMNS[COLUMNS.length] = "SHORTFALL";
  }

  @Mixin StateOptions options;

  @Parameters(paramLabel = "NAME", description = "The state.")
  String name;

  @Mixin OutputOptions output;

  @Override
  public Integer call() {
    Output rows = output.table(output.json ? JSON_COLUMNS : COLUMNS);
    try (Store store = options.open()) {
      StateName state = options.existing(store, name);
      for (Version version : new Versions(store, state).newestFirst()) {
        rows.row(output.json ? all(version) : Arrays.copyOf(all(version), COLUMNS.length));
      }
    }
    rows.end();
    return 0;
  }

  private Object[] all(Version version) {
    String container = version.origin().containerId();
    return new Object[] {
      version.number(),
      version.time(),
      version.cut().name().toLowerCase(Locale.ROOT),
      version.filesChanged(),
      new Output.Size(version.bytes()),
      new Output.Size(version.storedBytes()),
      version.eventSource(),
      version.ended(),
      version.ending().hasExitCode() ? version.ending().exitCode() : null,
      version.ending().outOfMemory(),
      output.json ? container : Output.abbreviated(container),
      output.json ? version.root().toString() : version.root().abbreviated(),
      version.provenance().shortfall(),
    };
  }
}
