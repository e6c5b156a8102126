package io.diffkeeper.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;

/**
 * The first version compressed, then each changed file as a delta on the one before: small, and
 * slower to restore with each version. It is told what changed, and has the version before at hand.
 */
final class Chain implements Tool {
  private static final long WINDOW_BYTES_MIN = 8 << 20;

  private final String name;
  private final Path folder;
  private final String encode;
  private final String decode;

  /**
   * A chain.
   *
   * @param encode shell words that make {@code $delta} from {@code $old} and {@code $new}; {@code
   *     $window} bytes hold the old file
   * @param decode shell words that make {@code $new} from {@code $old} and {@code $delta}
   */
  Chain(String name, Path folder, String encode, String decode) {
    this.name = name;
    this.folder = folder;
    this.encode = encode;
    this.decode = decode;
  }

  @Override
  public String name() {
    return name;
  }

  private Path deltas() {
    return folder.resolve("stored");
  }

  private Path before() {
    return folder.resolve("before");
  }

  @Override
  public Cost capture(Path live, int version, List<Path> changed)
      throws IOException, InterruptedException {
    Files.createDirectories(deltas());
    Cost cost;
    if (version == 1) {
      String script = "tar c . | zstd -q -3 > '" + deltas() + "/v1.tar.zst'";
      cost = Shell.timed(live, Map.of(), script);
      Shell.run("cp -a '" + live + "' '" + before() + "'");
    } else {
      StringBuilder script = new StringBuilder();
      for (int i = 0; i < changed.size(); i++) {
        Path old = before().resolve(changed.get(i));
        script.append("old='" + old + "'; window=" + window(old) + "; ");
        script.append("new='" + live.resolve(changed.get(i)) + "'; ");
        script.append("delta='" + deltas() + "/v" + version + "." + i + "'\n");
        script.append("cmp -s \"$old\" \"$new\" || " + encode + "\n");
      }
      cost = script(script);
      List<String> names = changed.stream().map(Path::toString).toList();
      Files.write(folder.resolve("v" + version + ".changed"), names);
    }
    for (Path file : changed) {
      Files.copy(live.resolve(file), before().resolve(file), StandardCopyOption.REPLACE_EXISTING);
    }
    return cost;
  }

  /** What a tool has to hold of the old file, in bytes: all of it, and not much more. */
  private static long window(Path old) throws IOException {
    return Math.max(WINDOW_BYTES_MIN, Long.highestOneBit(Files.size(old)) << 1);
  }

  private Cost script(StringBuilder text) throws IOException, InterruptedException {
    Path file = folder.resolve("script");
    Files.writeString(file, text);
    return Shell.timed(folder, Map.of(), ". ./script");
  }

  @Override
  public long storedBytes() throws IOException, InterruptedException {
    return Shell.bytes(deltas());
  }

  @Override
  public Cost restore(int version, Path into) throws IOException, InterruptedException {
    String first = "zstd -q -dc '" + deltas() + "/v1.tar.zst' | tar x";
    Cost cost = Shell.timed(into, Map.of(), first);
    for (int v = 2; v <= version; v++) {
      cost = cost.plus(step(v, into));
    }
    return cost;
  }

  @Override
  public boolean isChain() {
    return true;
  }

  /** Makes each from the one before: else it would take the square of their number. */
  @Override
  public Cost restoreAll(List<Integer> versions, Path into, Check check)
      throws IOException, InterruptedException {
    int newest = versions.get(versions.size() - 1);
    Cost cost = restore(1, Files.createDirectory(into));
    for (int version = 1; version <= newest; version++) {
      cost = version == 1 ? cost : cost.plus(step(version, into));
      if (versions.contains(version)) {
        check.version(version, into);
      }
    }
    Shell.remove(into);
    return cost;
  }

  /** Makes a version from the one before, which is there. */
  private Cost step(int version, Path tree) throws IOException, InterruptedException {
    List<String> changed = Files.readAllLines(folder.resolve("v" + version + ".changed"));
    StringBuilder script = new StringBuilder("new='" + folder + "/fresh'\n");
    for (int i = 0; i < changed.size(); i++) {
      Path delta = deltas().resolve("v" + version + "." + i);
      if (Files.exists(delta)) {
        Path old = tree.resolve(changed.get(i));
        script.append("old='" + old + "'; window=" + window(old) + "; delta='" + delta + "'\n");
        script.append(decode + "; mv \"$new\" \"$old\"\n");
      }
    }
    return script(script);
  }
}
