package io.diffkeeper.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.DedupScope;
import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.DiffLibrary;
import io.diffkeeper.ExitCode;
import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.Mutations;
import io.diffkeeper.Retention;
import io.diffkeeper.User;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigurationTest {
  private static final User ROOT = new User(0, "root", Path.of("/root"));
  private static final User ANN = new User(1000, "ann", Path.of("/home/ann"));
  private static final Configuration DEFAULTS = Configuration.defaults(ROOT, Map.of());

  @TempDir Path dir;

  private Configuration load(Map<String, String> env) {
    return Configuration.load(Optional.empty(), env, ROOT, dir.resolve("config.toml"));
  }

  private void write(String file, String text) {
    try {
      Files.createDirectories(dir.resolve(file).getParent());
      Files.writeString(dir.resolve(file), text);
    } catch (IOException full) {
      throw new UncheckedIOException(full);
    }
  }

  private static String refusal(Executable what) {
    DiffKeeperException refused = assertThrows(DiffKeeperException.class, what);
    assertEquals(ExitCode.BAD_INPUT, refused.exitCode());
    return refused.getMessage();
  }

  @Test
  void standsOnItsDefaultsWithoutAFile() {
    Configuration defaults = load(Map.of());
    assertEquals(DEFAULTS, defaults);
    assertEquals(Path.of("/var/lib/diffkeeper/store"), defaults.store());
    assertEquals(Path.of("/run/diffkeeper"), defaults.runDir());
    assertEquals(Duration.ofSeconds(10), defaults.lockWait());
    assertEquals(Duration.ofMillis(100), defaults.captureDelay());
    assertEquals(Duration.ofSeconds(1), defaults.captureMaxDelay());
  }

  @Test
  void givesUsersFoldersOfTheirOwn() {
    Configuration home = Configuration.defaults(ANN, Map.of("XDG_DATA_HOME", "relative"));
    assertEquals(Path.of("/home/ann/.local/share/diffkeeper/store"), home.store());
    assertEquals(Path.of("/run/user/1000/diffkeeper"), home.runDir());
    Map<String, String> xdg = Map.of("XDG_DATA_HOME", "/d", "XDG_RUNTIME_DIR", "/r");
    Configuration moved = Configuration.defaults(ANN, xdg);
    assertEquals(Path.of("/d/diffkeeper/store"), moved.store());
    assertEquals(Path.of("/r/diffkeeper"), moved.runDir());
    assertEquals(DEFAULTS, Configuration.defaults(ROOT, xdg));
  }

  @Test
  void readsEveryKey() {
    write(
        "config.toml",
        """
        store = "/s/./t"
        run-dir = "/r"
        lock-wait = "0s"
        start-timeout = "1m"
        capture-delay = "1s"
        capture-max-delay = "2s"
        hash-algo = "blake3"
        dedup-scope = "container"
        diff-library = "bsdiff"
        chunk-size = "16k"
        snapshot-interval = 5
        keep-last = 20
        keep-within = "3d"
        keep-hourly = 24
        keep-daily = 7
        keep-weekly = 4
        spares = 0
        memory-limit = "1g"
        cpu-limit = 50
        event-source = "inotify"
        enable-ebpf = false
        fallback-fsnotify = false
        ebpf-program = "/o/fentry.bpf.o"
        btf-cache-dir = "/b"
        btfhub-mirror = "http://mirror/btf"
        disable-btfhub-download = true
        enable-profiler = false
        profiler-interval = "10s"
        capture-cpu = 7
        allow-setuid = true
        allow-devices = true
        auto-inject = false
        injector-cmd = "/opt/inject  --now"
        debug = true
        """);
    Configuration expected =
        new Configuration(
            Path.of("/s/t"),
            Path.of("/r"),
            Duration.ZERO,
            Duration.ofMinutes(1),
            Duration.ofSeconds(1),
            Duration.ofSeconds(2),
            HashAlgorithm.BLAKE3,
            DedupScope.CONTAINER,
            DiffLibrary.BSDIFF,
            16384,
            5,
            new Retention(20, Duration.ofDays(3), 24, 7, 4),
            0,
            1L << 30,
            50,
            "inotify",
            false,
            false,
            Path.of("/o/fentry.bpf.o"),
            Path.of("/b"),
            URI.create("http://mirror/btf"),
            true,
            false,
            Duration.ofSeconds(10),
            7,
            true,
            true,
            false,
            List.of("/opt/inject", "--now"),
            true);
    assertEquals(expected, load(Map.of()));
  }

  @Test
  void laterSourcesWin() {
    write("config.toml", "chunk-size = \"4k\"\nlock-wait = \"1s\"\nsnapshot-interval = 1\n");
    write("config.d/20-b.toml", "lock-wait = \"3s\"\nsnapshot-interval = 3\n");
    write("config.d/10-a.toml", "lock-wait = \"2s\"\n");
    write("config.d/30-c.toml.bak", "nonsense");
    Configuration loaded =
        load(Map.of("DIFFKEEPER_SNAPSHOT_INTERVAL", "4", "DIFFKEEPER_OTHER", "x"));
    assertEquals(4096, loaded.chunkSize());
    assertEquals(Duration.ofSeconds(3), loaded.lockWait());
    assertEquals(4, loaded.snapshotInterval());
    assertEquals(9, loaded.with("snapshot-interval", "9").snapshotInterval());
  }

  @Test
  void readsOnlyTheFileThatIsNamedAndInsistsOnIt() {
    write("config.d/10.toml", "debug = true\n");
    write("mine.toml", "snapshot-interval = 2\n");
    Path mine = dir.resolve("mine.toml");
    Configuration loaded = Configuration.load(Optional.of(mine), Map.of());
    assertEquals(2, loaded.snapshotInterval());
    assertEquals(false, loaded.debug());
    Path missing = dir.resolve("missing.toml");
    assertEquals(
        missing + ": no such file",
        refusal(() -> Configuration.load(Optional.of(missing), Map.of())));
  }

  @ParameterizedTest
  @CsvSource({
    "'bogus = 1',unknown key bogus",
    "'[store]',unknown key or table: [store]",
    "'debug = 1',key debug: not boolean",
    "'debug = \"true\"',key debug: not boolean",
    "'store = true',key store: not string",
    "'snapshot-interval = \"5\"',key snapshot-interval: not integer",
    "'snapshot-interval = -5',key snapshot-interval: not a whole number: -5",
    "'store = \"relative\"',key store: not an absolute path: relative",
    "'lock-wait = \"10\"',key lock-wait: not a duration such as 100ms or 10s: 10",
    "'chunk-size = \"3k\"',key chunk-size: 3072 is outside 4096 to 16777216 bytes",
    "'hash-algo = \"md5\"','key hash-algo: not one of sha256, blake3: md5'",
  })
  void namesFileLineAndKey(String line, String message) {
    write("config.d/10.toml", "# first\n" + line + "\n");
    assertEquals(dir.resolve("config.d/10.toml") + ":2: " + message, refusal(() -> load(Map.of())));
  }

  @Test
  void refusesAStoreWithANul() {
    write("config.toml", "store = \"/a\\u0000b\"\n");
    assertTrue(refusal(() -> load(Map.of())).contains("key store"));
  }

  @Test
  void namesTheVariableAndTheFlag() {
    assertTrue(
        refusal(() -> load(Map.of("DIFFKEEPER_DEBUG", "yes")))
            .startsWith("environment variable DIFFKEEPER_DEBUG: "));
    assertTrue(refusal(() -> DEFAULTS.with("chunk-size", "x")).startsWith("--chunk-size: "));
    assertTrue(refusal(() -> DEFAULTS.with("bogus", "x")).startsWith("--bogus: unknown key"));
  }

  @Test
  void refusesDelaysThatContradictEachOther() {
    write("config.toml", "capture-delay = \"2s\"\n");
    assertEquals(
        "configuration: capture-delay is longer than capture-max-delay",
        refusal(() -> load(Map.of())));
  }

  @Test
  void theSampleNamesEveryKeyWithItsDefault() throws IOException {
    String sample = Files.readString(Path.of("../docs/config.toml"));
    String active = sample.replaceAll("(?m)^#(?=[a-z-]+ = )", "");
    write("config.toml", sample);
    assertEquals(DEFAULTS, load(Map.of()));
    write("config.toml", active);
    assertEquals(DEFAULTS, load(Map.of()));
    Set<String> named =
        TomlFile.read(dir.resolve("config.toml")).stream()
            .map(TomlFile.Pair::key)
            .collect(Collectors.toSet());
    assertEquals(Configuration.keys(), named);
  }

  @Test
  void survivesDamagedInput() throws IOException {
    String sample = Files.readString(Path.of("../docs/config.toml"));
    byte[] active = sample.replaceAll("(?m)^#(?! *[a-z-]+ = ).*\n|^#|^\n", "").getBytes();
    Mutations.feed(
        active,
        5_000,
        bytes -> {
          try {
            Files.write(dir.resolve("config.toml"), bytes);
          } catch (IOException full) {
            throw new UncheckedIOException(full);
          }
          load(Map.of());
        });
  }
}
