package io.diffkeeper.cli;

import io.diffkeeper.keeper.Keepers;
import io.diffkeeper.sys.Kernel;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Options of the commands that talk to running keepers. */
final class RunDirOptions {
  @Option(
      names = "--run-dir",
      paramLabel = "DIR",
      description = "The run directory (default /run/diffkeeper).")
  Path runDir;

  Keepers keepers(StoreOptions options) {
    return new Keepers(new Kernel(), dir(options));
  }

  Path dir(StoreOptions options) {
    return runDir == null ? options.configuration().runDir() : runDir;
  }
}
