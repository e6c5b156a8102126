package io.diffkeeper.config;

import io.diffkeeper.DedupScope;
import io.diffkeeper.DiffLibrary;
import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.Quantity;
import io.diffkeeper.Retention;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The settings by key, while a configuration is put together. Every source, be it file, environment
 * or flag, goes through {@link #set}, so that each key has one meaning. Not thread-safe.
 */
final class Settings {
  /** Every key, with the type that the file writes it with. */
  private static final Map<String, TomlFile.Type> TYPES = new LinkedHashMap<>();

  /** The snapshot interval that leaves no room for deltas. */
  private static final int WHOLE_ALWAYS = 1;

  private static final int SPARES_MAX = 16;
  private static final long MEMORY_LIMIT_MAX = 1L << 50;
  private static final int CPU_LIMIT_MAX = 100 * 1024;
  private static final Duration HOUR = Duration.ofHours(1);

  static {
    for (String text :
        new String[] {
          "store",
          "run-dir",
          "lock-wait",
          "start-timeout",
          "capture-delay",
          "capture-max-delay",
          "event-source",
          "ebpf-program",
          "btf-cache-dir",
          "btfhub-mirror",
          "profiler-interval",
          "hash-algo",
          "dedup-scope",
          "diff-library",
          "chunk-size",
          "memory-limit",
          "keep-within",
          "injector-cmd"
        }) {
      TYPES.put(text, TomlFile.Type.STRING);
    }
    for (String number :
        new String[] {
          "snapshot-interval",
          "spares",
          "cpu-limit",
          "capture-cpu",
          "keep-last",
          "keep-hourly",
          "keep-daily",
          "keep-weekly"
        }) {
      TYPES.put(number, TomlFile.Type.INTEGER);
    }
    for (String flag :
        new String[] {
          "enable-ebpf",
          "fallback-fsnotify",
          "disable-btfhub-download",
          "enable-profiler",
          "enable-diff",
          "allow-setuid",
          "allow-devices",
          "auto-inject",
          "debug"
        }) {
      TYPES.put(flag, TomlFile.Type.BOOLEAN);
    }
  }

  private Path store;
  private Path runDir;
  private Duration lockWait;
  private Duration startTimeout;
  private Duration captureDelay;
  private Duration captureMaxDelay;
  private HashAlgorithm hashAlgo;
  private DedupScope dedupScope;
  private DiffLibrary diffLibrary;
  private int chunkSize;
  private boolean enableDiff = true;
  private int snapshotInterval;
  private int keepLast;
  private Duration keepWithin;
  private int keepHourly;
  private int keepDaily;
  private int keepWeekly;
  private int spares;
  private long memoryLimit;
  private int cpuLimit;
  private String eventSource;
  private boolean enableEbpf;
  private boolean fallbackFsnotify;
  private Path ebpfProgram;
  private Path btfCacheDir;
  private URI btfhubMirror;
  private boolean disableBtfhubDownload;
  private boolean enableProfiler;
  private Duration profilerInterval;
  private int captureCpu;
  private boolean allowSetuid;
  private boolean allowDevices;
  private boolean autoInject;
  private List<String> injectorCmd;
  private boolean debug;

  Settings(Configuration from) {
    store = from.store();
    runDir = from.runDir();
    lockWait = from.lockWait();
    startTimeout = from.startTimeout();
    captureDelay = from.captureDelay();
    captureMaxDelay = from.captureMaxDelay();
    hashAlgo = from.hashAlgo();
    dedupScope = from.dedupScope();
    diffLibrary = from.diffLibrary();
    chunkSize = from.chunkSize();
    snapshotInterval = from.snapshotInterval();
    keepLast = from.retention().last();
    keepWithin = from.retention().within();
    keepHourly = from.retention().hourly();
    keepDaily = from.retention().daily();
    keepWeekly = from.retention().weekly();
    spares = from.spares();
    memoryLimit = from.memoryLimit();
    cpuLimit = from.cpuLimit();
    eventSource = from.eventSource();
    enableEbpf = from.enableEbpf();
    fallbackFsnotify = from.fallbackFsnotify();
    ebpfProgram = from.ebpfProgram();
    btfCacheDir = from.btfCacheDir();
    btfhubMirror = from.btfhubMirror();
    disableBtfhubDownload = from.disableBtfhubDownload();
    enableProfiler = from.enableProfiler();
    profilerInterval = from.profilerInterval();
    captureCpu = from.captureCpu();
    allowSetuid = from.allowSetuid();
    allowDevices = from.allowDevices();
    autoInject = from.autoInject();
    injectorCmd = from.injectorCmd();
    debug = from.debug();
  }

  static Set<String> keys() {
    return TYPES.keySet();
  }

  /** The type that the file writes a key with; null for an unknown key. */
  static TomlFile.Type type(String key) {
    return TYPES.get(key);
  }

  /**
   * Sets one value.
   *
   * @throws IllegalArgumentException if the key is unknown or the value is malformed or out of
   *     range; the message does not name the key
   */
  void set(String key, String value) {
    switch (key) {
      case "store" -> store = path(value);
      case "run-dir" -> runDir = path(value);
      case "lock-wait" -> lockWait = Quantity.duration(value, Duration.ZERO, HOUR);
      case "start-timeout" -> startTimeout = Quantity.duration(value, Duration.ofSeconds(1), HOUR);
      case "capture-delay" -> captureDelay = Quantity.duration(value, Duration.ofMillis(1), HOUR);
      case "capture-max-delay" ->
          captureMaxDelay = Quantity.duration(value, Duration.ofMillis(1), HOUR);
      case "hash-algo" -> hashAlgo = Quantity.choice(value, HashAlgorithm.class);
      case "dedup-scope" -> dedupScope = Quantity.choice(value, DedupScope.class);
      case "diff-library" -> diffLibrary = Quantity.choice(value, DiffLibrary.class);
      case "chunk-size" -> chunkSize = Quantity.chunkSize(value);
      case "enable-diff" -> enableDiff = bool(value);
      case "snapshot-interval" -> snapshotInterval = Quantity.snapshotInterval(value);
      case "keep-last" -> keepLast = Quantity.count(value, 0, Retention.COUNT_MAX);
      case "keep-within" ->
          keepWithin = Quantity.duration(value, Duration.ZERO, Retention.WITHIN_MAX);
      case "keep-hourly" -> keepHourly = Quantity.count(value, 0, Retention.COUNT_MAX);
      case "keep-daily" -> keepDaily = Quantity.count(value, 0, Retention.COUNT_MAX);
      case "keep-weekly" -> keepWeekly = Quantity.count(value, 0, Retention.COUNT_MAX);
      case "spares" -> spares = Quantity.count(value, 0, SPARES_MAX);
      case "memory-limit" -> memoryLimit = Quantity.bytes(value, 0, MEMORY_LIMIT_MAX);
      case "cpu-limit" -> cpuLimit = Quantity.count(value, 0, CPU_LIMIT_MAX);
      case "event-source" -> eventSource = word(value);
      case "enable-ebpf" -> enableEbpf = bool(value);
      case "fallback-fsnotify" -> fallbackFsnotify = bool(value);
      case "ebpf-program" -> ebpfProgram = value.equals("auto") ? null : path(value);
      case "btf-cache-dir" -> btfCacheDir = path(value);
      case "btfhub-mirror" -> btfhubMirror = url(value);
      case "disable-btfhub-download" -> disableBtfhubDownload = bool(value);
      case "enable-profiler" -> enableProfiler = bool(value);
      case "profiler-interval" ->
          profilerInterval = Quantity.duration(value, Duration.ofMillis(100), HOUR);
      case "capture-cpu" -> captureCpu = Quantity.count(value, 1, 100);
      case "allow-setuid" -> allowSetuid = bool(value);
      case "allow-devices" -> allowDevices = bool(value);
      case "auto-inject" -> autoInject = bool(value);
      case "injector-cmd" -> injectorCmd = command(value);
      case "debug" -> debug = bool(value);
      default -> throw new IllegalArgumentException("unknown key");
    }
  }

  /**
   * The configuration as set.
   *
   * @throws IllegalArgumentException if two settings contradict each other
   */
  Configuration configuration() {
    if (captureDelay.compareTo(captureMaxDelay) > 0) {
      throw new IllegalArgumentException("capture-delay is longer than capture-max-delay");
    }
    return new Configuration(
        store,
        runDir,
        lockWait,
        startTimeout,
        captureDelay,
        captureMaxDelay,
        hashAlgo,
        dedupScope,
        diffLibrary,
        chunkSize,
        enableDiff ? snapshotInterval : WHOLE_ALWAYS,
        new Retention(keepLast, keepWithin, keepHourly, keepDaily, keepWeekly),
        spares,
        memoryLimit,
        cpuLimit,
        eventSource,
        enableEbpf,
        fallbackFsnotify,
        ebpfProgram,
        btfCacheDir,
        btfhubMirror,
        disableBtfhubDownload,
        enableProfiler,
        profilerInterval,
        captureCpu,
        allowSetuid,
        allowDevices,
        autoInject,
        injectorCmd,
        debug);
  }

  private static Path path(String value) {
    Path path = Path.of(value);
    if (!path.isAbsolute()) {
      throw new IllegalArgumentException("not an absolute path: " + Quantity.shown(value));
    }
    return path.normalize();
  }

  /** Words between blanks: no shell reads them, so none has a meaning. */
  private static List<String> command(String value) {
    if (value.isBlank()) {
      return List.of();
    }
    List<String> words = List.of(value.strip().split("\\s+"));
    path(words.get(0));
    return words;
  }

  private static URI url(String value) {
    if (!value.matches("https?://[^\\s?#]+")) {
      throw new IllegalArgumentException("not a URL of http or https: " + Quantity.shown(value));
    }
    return URI.create(value);
  }

  private static String word(String value) {
    if (!value.matches("[a-z][a-z-]{0,31}")) {
      throw new IllegalArgumentException("not a name: " + Quantity.shown(value));
    }
    return value;
  }

  private static boolean bool(String value) {
    if (!value.equals("true") && !value.equals("false")) {
      throw new IllegalArgumentException("not true or false: " + Quantity.shown(value));
    }
    return value.equals("true");
  }
}
