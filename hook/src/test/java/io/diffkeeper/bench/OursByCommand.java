package io.diffkeeper.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Ours without a keeper, as one would call the other tools: a process for each version, which
 * starts a JVM, reads the whole tree and ends.
 */
final class OursByCommand implements Tool {
  private static final String STATE = "state";

  private final Path store;
  private final String program;

  /**
   * A store of its own.
   *
   * @param dist what was built
   */
  OursByCommand(Path folder, Path dist) {
    this.store = folder.resolve("store");
    this.program = "'" + dist.resolve("bin/diffkeeper") + "' ";
  }

  @Override
  public String name() {
    return "ours, import";
  }

  @Override
  public Cost capture(Path live, int version, List<Path> changed)
      throws IOException, InterruptedException {
    String words =
        "import %s --store '%s' --state-dir '/%s' --from '%s'"
            .formatted(STATE, store, live.getFileName(), live.getParent());
    return Shell.timed(null, Map.of(), program + words);
  }

  @Override
  public long storedBytes() throws IOException, InterruptedException {
    return Files.size(store.resolve("data.mdb"));
  }

  @Override
  public Cost restore(int version, Path into) throws IOException, InterruptedException {
    Path out = into.resolveSibling(into.getFileName() + ".export");
    String words = "export %s@%d --store '%s' --out '%s'".formatted(STATE, version, store, out);
    Cost cost = Shell.timed(null, Map.of(), program + words);
    Shell.run("rmdir '" + into + "'; mv '" + out + "'/* '" + into + "'; rmdir '" + out + "'");
    return cost;
  }
}
