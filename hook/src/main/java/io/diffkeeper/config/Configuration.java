package io.diffkeeper.config;

import io.diffkeeper.DedupScope;
import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.DiffLibrary;
import io.diffkeeper.ExitCode;
import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.Quantity;
import io.diffkeeper.Retention;
import io.diffkeeper.User;
import java.io.IOException;
import java.net.URI;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The settings of this node. Immutable; docs/config.toml describes each key.
 *
 * @param store the store's folder, absolute
 * @param runDir where sockets and the folders of running containers are, absolute
 * @param lockWait longest wait for another holder of a state; 0 to 1 h
 * @param startTimeout longest wait of a starting container for replay and attach; 1 s to 1 h
 * @param captureDelay quiet time before a change is committed; 1 ms to 1 h
 * @param captureMaxDelay longest time between a change and its commit; at least captureDelay
 * @param hashAlgo the digest of new states
 * @param dedupScope who shares what a new state has in common with others
 * @param diffLibrary the delta algorithm
 * @param chunkSize average chunk length in bytes
 * @param snapshotInterval most versions between two snapshots
 * @param retention which versions are kept; {@link Retention#NONE}: all
 * @param spares how many keepers are kept warm ahead of need; 0 to 16
 * @param memoryLimit most memory of all keepers together, in bytes; 0 for no limit
 * @param cpuLimit most processor time of all keepers together, in percent of one; 0 for no limit
 * @param eventSource the only event source to use, by its name; "auto" for the best
 * @param enableEbpf whether eBPF event sources may be used
 * @param fallbackFsnotify whether fanotify and inotify may be used
 * @param ebpfProgram the only BPF object to load, in place of the shipped one of the same file
 *     name; null for those that are shipped
 * @param btfCacheDir where descriptions of kernels are kept that do not describe themselves
 * @param btfhubMirror where such descriptions are downloaded from
 * @param disableBtfhubDownload whether they are not
 * @param enableProfiler whether versions are made less often than asked to stay within captureCpu
 * @param profilerInterval over which the changes of a file are averaged; 100 ms to 1 h
 * @param captureCpu processor time of one capture on the long average, in percent of one; 1 to 100
 * @param allowSetuid whether replay restores setuid and setgid bits and file capabilities
 * @param allowDevices whether replay restores device nodes
 * @param autoInject whether the container tracer gives containers that opted in a keeper
 * @param injectorCmd what it runs for each container that starts: a program's absolute path and its
 *     first arguments; none if it is empty
 * @param debug whether the log has debug lines
 */
public record Configuration(
    Path store,
    Path runDir,
    Duration lockWait,
    Duration startTimeout,
    Duration captureDelay,
    Duration captureMaxDelay,
    HashAlgorithm hashAlgo,
    DedupScope dedupScope,
    DiffLibrary diffLibrary,
    int chunkSize,
    int snapshotInterval,
    Retention retention,
    int spares,
    long memoryLimit,
    int cpuLimit,
    String eventSource,
    boolean enableEbpf,
    boolean fallbackFsnotify,
    Path ebpfProgram,
    Path btfCacheDir,
    URI btfhubMirror,
    boolean disableBtfhubDownload,
    boolean enableProfiler,
    Duration profilerInterval,
    int captureCpu,
    boolean allowSetuid,
    boolean allowDevices,
    boolean autoInject,
    List<String> injectorCmd,
    boolean debug) {

  /** The file that is read where none is named; {@code config.d/*.toml} beside it follow. */
  public static final Path FILE = Path.of("/etc/diffkeeper/config.toml");

  private static final String ENVIRONMENT_PREFIX = "DIFFKEEPER_";

  /** Every key, as files and flags spell it. */
  public static Set<String> keys() {
    return Set.copyOf(Settings.keys());
  }

  /** Whether a key is true or false. */
  public static boolean isFlag(String key) {
    return Settings.type(key) == TomlFile.Type.BOOLEAN;
  }

  /**
   * The built-in settings.
   *
   * @param user whose; all but root get folders of their own
   * @param env where {@code XDG_DATA_HOME} and {@code XDG_RUNTIME_DIR} are looked up
   */
  public static Configuration defaults(User user, Map<String, String> env) {
    Path store = Path.of("/var/lib/diffkeeper/store");
    Path runDir = Path.of("/run/diffkeeper");
    Path cache = Path.of("/var/cache/diffkeeper/btf");
    if (!user.isRoot()) {
      cache =
          folder(env, "XDG_CACHE_HOME", user.home().resolve(".cache")).resolve("diffkeeper/btf");
      Path data = folder(env, "XDG_DATA_HOME", user.home().resolve(".local/share"));
      store = data.resolve("diffkeeper/store");
      Path run = folder(env, "XDG_RUNTIME_DIR", Path.of("/run/user/" + user.uid()));
      runDir = run.resolve("diffkeeper");
    }
    return new Configuration(
        store,
        runDir,
        Duration.ofSeconds(10),
        Duration.ofMinutes(5),
        Duration.ofMillis(100),
        Duration.ofSeconds(1),
        HashAlgorithm.SHA256,
        DedupScope.CLUSTER,
        DiffLibrary.ZSTD,
        64 << 10,
        30,
        Retention.NONE,
        1,
        0,
        0,
        "auto",
        true,
        true,
        null,
        cache,
        URI.create("https://github.com/aquasecurity/btfhub-archive/raw/main"),
        false,
        true,
        Duration.ofSeconds(5),
        25,
        false,
        false,
        true,
        List.of(),
        false);
  }

  /**
   * The settings of this process: built in, then files, then environment.
   *
   * @param file the only file to read, which must exist; else {@link #FILE} and {@code
   *     config.d/*.toml} beside it in the order of their names, as far as they exist
   * @param env {@code DIFFKEEPER_KEY} for any key ({@code DIFFKEEPER_LOCK_WAIT}) and the XDG
   *     folders. Empty for the keeper, whose environment is the engine's
   * @throws DiffKeeperException ({@code BAD_INPUT}) with file, line and key, or the variable
   */
  public static Configuration load(Optional<Path> file, Map<String, String> env) {
    return load(file, env, User.current(), FILE);
  }

  static Configuration load(
      Optional<Path> file, Map<String, String> env, User user, Path defaultFile) {
    Settings settings = new Settings(defaults(user, env));
    if (file.isPresent()) {
      if (!read(file.get(), settings)) {
        throw new DiffKeeperException(ExitCode.BAD_INPUT, file.get() + ": no such file");
      }
    } else {
      read(defaultFile, settings);
      for (Path more : snippets(defaultFile.resolveSibling("config.d"))) {
        read(more, settings);
      }
    }
    for (String key : Settings.keys()) {
      String variable = ENVIRONMENT_PREFIX + key.toUpperCase(Locale.ROOT).replace('-', '_');
      String value = env.get(variable);
      if (value != null) {
        set(settings, key, value, "environment variable " + variable);
      }
    }
    try {
      return settings.configuration();
    } catch (IllegalArgumentException contradiction) {
      throw new DiffKeeperException(
          ExitCode.BAD_INPUT, "configuration: " + contradiction.getMessage(), contradiction);
    }
  }

  /**
   * This configuration with one setting changed, as a flag does it.
   *
   * @param value as the file has it, without quotes
   * @throws DiffKeeperException ({@code BAD_INPUT}) if the key is unknown or the value malformed
   */
  public Configuration with(String key, String value) {
    Settings settings = new Settings(this);
    set(settings, key, value, "--" + Quantity.shown(key));
    try {
      return settings.configuration();
    } catch (IllegalArgumentException contradiction) {
      throw new DiffKeeperException(ExitCode.BAD_INPUT, contradiction.getMessage(), contradiction);
    }
  }

  /** Reads one file; false if there is none. */
  private static boolean read(Path file, Settings settings) {
    List<TomlFile.Pair> pairs;
    try {
      pairs = TomlFile.read(file);
    } catch (NoSuchFileException missing) {
      return false;
    }
    for (TomlFile.Pair pair : pairs) {
      String key = Quantity.shown(pair.key());
      TomlFile.Type type = Settings.type(pair.key());
      if (type == null) {
        throw TomlFile.bad(file, pair.line(), "unknown key " + key);
      }
      if (type != pair.type()) {
        throw TomlFile.bad(
            file, pair.line(), "key " + key + ": not " + type.name().toLowerCase(Locale.ROOT));
      }
      set(settings, pair.key(), pair.value(), file + ":" + pair.line() + ": key " + key);
    }
    return true;
  }

  private static void set(Settings settings, String key, String value, String where) {
    try {
      settings.set(key, value);
    } catch (IllegalArgumentException malformed) {
      throw new DiffKeeperException(
          ExitCode.BAD_INPUT,
          where + ": " + Quantity.shown("" + malformed.getMessage()),
          malformed);
    }
  }

  private static List<Path> snippets(Path folder) {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, "*.toml")) {
      found.forEach(files::add);
    } catch (NoSuchFileException | NotDirectoryException none) {
      return files;
    } catch (IOException | DirectoryIteratorException unreadable) {
      throw new DiffKeeperException(ExitCode.BAD_INPUT, folder + ": cannot be read", unreadable);
    }
    files.sort(null);
    return files;
  }

  /** An XDG folder; the specification has relative ones ignored. */
  private static Path folder(Map<String, String> env, String variable, Path otherwise) {
    String value = env.getOrDefault(variable, "");
    return value.startsWith("/") ? Path.of(value) : otherwise;
  }
}
