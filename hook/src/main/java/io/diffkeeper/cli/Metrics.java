package io.diffkeeper.cli;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.keeper.Durations;
import io.diffkeeper.keeper.Failures;
import io.diffkeeper.keeper.KeeperStatus;
import io.diffkeeper.keeper.Keepers;
import io.diffkeeper.keeper.StateLock;
import io.diffkeeper.store.StateInfo;
import io.diffkeeper.store.StateName;
import io.diffkeeper.store.Store;
import io.diffkeeper.store.StoreStats;
import io.diffkeeper.store.Versions;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/**
 * The metrics of this node in Prometheus' text format. Counters of keepers begin at 0 with each
 * container.
 */
final class Metrics {
  private static final double MILLIS = 1e3;

  private final StringBuilder text = new StringBuilder();

  private Metrics() {}

  /**
   * Reads everything.
   *
   * @param directory the store's; left out if there is none yet
   * @param runDir where failures of starts are counted, and what the shim's services see
   * @param ratios whether to walk all versions for what deduplication and deltas save
   */
  static String of(Path directory, Keepers keepers, Path runDir, boolean ratios) {
    Metrics metrics = new Metrics();
    List<KeeperStatus> all = keepers.status();
    metrics.keepers(all);
    metrics.starts(new Failures(runDir));
    metrics.shim(runDir.resolve("shim"));
    try (Store store = Store.openExisting(directory)) {
      metrics.store(store, directory);
      if (ratios) {
        metrics.ratios(store);
      }
    } catch (DiffKeeperException e) {
      if (e.exitCode() != ExitCode.NOT_FOUND) {
        throw e;
      }
    }
    return metrics.text.toString();
  }

  // --- format ------------------------------------------------------------------------------------

  private void family(String name, String type, String help) {
    text.append("# HELP diffkeeper_").append(name).append(' ').append(help).append('\n');
    text.append("# TYPE diffkeeper_").append(name).append(' ').append(type).append('\n');
  }

  private void sample(String name, String labels, double value) {
    text.append("diffkeeper_").append(name);
    if (!labels.isEmpty()) {
      text.append('{').append(labels).append('}');
    }
    boolean whole = value == Math.rint(value) && Math.abs(value) < 1e15;
    text.append(' ').append(whole ? Long.toString((long) value) : Double.toString(value));
    text.append('\n');
  }

  static String label(String name, Object value) {
    String escaped =
        value.toString().replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    return name + "=\"" + escaped + "\"";
  }

  /** Reads one value of something. */
  private interface Value<T> {
    double of(T each);
  }

  private record Labelled<T>(String labels, T value) {}

  private <T> void each(
      String name, String type, String help, List<Labelled<T>> all, Value<T> value) {
    family(name, type, help);
    all.forEach(each -> sample(name, each.labels(), value.of(each.value())));
  }

  // --- keepers -----------------------------------------------------------------------------------

  private static String labels(KeeperStatus keeper) {
    return label("state", keeper.state()) + "," + label("container", keeper.container());
  }

  private void keepers(List<KeeperStatus> running) {
    List<Labelled<KeeperStatus>> all =
        running.stream().map(each -> new Labelled<>(labels(each), each)).toList();
    family("keeper_info", "gauge", "A running keeper and its event source.");
    all.forEach(
        each ->
            sample("keeper_info", each.labels() + "," + label("source", each.value().source()), 1));
    each(
        "keeper_uptime_seconds",
        "gauge",
        "Time since capture began.",
        all,
        k -> k.uptimeMillis() / MILLIS);
    each(
        "keeper_lag_seconds",
        "gauge",
        "Age of the oldest change that is in no version.",
        all,
        k -> k.lagMillis() / MILLIS);
    each(
        "keeper_cpu_seconds_total",
        "counter",
        "Processor time, the start included.",
        all,
        k -> k.cpuMillis() / MILLIS);
    each(
        "keeper_resident_bytes",
        "gauge",
        "Memory of the keeper.",
        all,
        KeeperStatus::residentBytes);
    each("keeper_files", "gauge", "Regular files in the state.", all, KeeperStatus::files);
    each("keeper_file_bytes", "gauge", "Sum of their lengths.", all, KeeperStatus::bytes);
    each("keeper_events_total", "counter", "Kernel events.", all, KeeperStatus::events);
    each(
        "keeper_events_lost_total",
        "counter",
        "Kernel events lost, at most.",
        all,
        KeeperStatus::lost);
    each("keeper_versions_total", "counter", "Versions written.", all, KeeperStatus::versions);
    each(
        "keeper_stored_bytes_total",
        "counter",
        "What they took in the store.",
        all,
        k -> k.figures().storedBytes());
    each(
        "keeper_read_bytes_total",
        "counter",
        "Content read for them.",
        all,
        KeeperStatus::readBytes);
    family("keeper_failures_total", "counter", "Failed commits by cause.");
    all.forEach(this::failures);
    durations("keeper_commit_seconds", "How long commits took.", all, k -> k.figures().commits());
    durations(
        "keeper_replay_seconds", "How long the replay took.", all, k -> k.figures().replays());
  }

  private void failures(Labelled<KeeperStatus> each) {
    for (Map.Entry<Integer, Long> failure : each.value().figures().failures().entrySet()) {
      String cause = "other";
      for (ExitCode code : ExitCode.values()) {
        cause = code.code() == failure.getKey() ? cause(code) : cause;
      }
      String labels = each.labels() + "," + label("cause", cause);
      sample("keeper_failures_total", labels, failure.getValue());
    }
  }

  private static String cause(ExitCode code) {
    return code.name().toLowerCase(Locale.ROOT);
  }

  private void starts(Failures failures) {
    family("start_failures_total", "counter", "Starts that failed since boot, by cause.");
    failures
        .counts()
        .forEach(
            (code, count) -> sample("start_failures_total", label("cause", cause(code)), count));
  }

  private void durations(
      String name,
      String help,
      List<Labelled<KeeperStatus>> all,
      Function<KeeperStatus, Durations> durations) {
    family(name, "histogram", help);
    all.forEach(each -> durations(name, each.labels(), durations.apply(each.value())));
  }

  private void durations(String name, String labels, Durations durations) {
    long count = 0;
    for (int i = 0; i < durations.counts().size(); i++) {
      count += durations.counts().get(i);
      boolean last = i == Durations.BOUNDS_MILLIS.size();
      String bound = last ? "+Inf" : Double.toString(Durations.BOUNDS_MILLIS.get(i) / MILLIS);
      sample(name + "_bucket", labels + "," + label("le", bound), count);
    }
    sample(name + "_sum", labels, durations.millis() / MILLIS);
    sample(name + "_count", labels, count);
  }

  // --- shim --------------------------------------------------------------------------------------

  /** Samples are as the services wrote them; only those of one family have to be together. */
  private void shim(Path folder) {
    List<String> samples = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.prom")) {
      for (Path file : files) {
        samples.addAll(Files.readAllLines(file));
      }
    } catch (IOException none) {
      return; // no service of the shim ever ran here since boot
    }
    shim(
        samples,
        "shim_connected",
        "gauge",
        "1 if the runtime, or the kernel, tells the service of containers.");
    shim(
        samples,
        "shim_events_lost_total",
        "counter",
        "Events of containers that a service did not get; it has looked instead.");
    shim(
        samples,
        "shim_containers_total",
        "counter",
        "Containers that a service has seen to, by what became of them.");
  }

  private void shim(List<String> samples, String name, String type, String help) {
    family(name, type, help);
    samples.stream()
        .filter(sample -> sample.startsWith("diffkeeper_" + name + "{"))
        .forEach(sample -> text.append(sample).append('\n'));
  }

  // --- store -------------------------------------------------------------------------------------

  private void store(Store store, Path directory) {
    List<Labelled<StateInfo>> states =
        store.states().stream()
            .filter(state -> state.latest() != null)
            .map(state -> new Labelled<>(label("state", state.name()), state))
            .toList();
    family("store_file_bytes", "gauge", "Length of the store's file.");
    sample("store_file_bytes", "", store.fileBytes());
    each(
        "state_versions",
        "gauge",
        "Versions of a state.",
        states,
        s -> new Versions(store, s.name()).count());
    each(
        "state_live_bytes",
        "gauge",
        "Files of its newest version.",
        states,
        s -> s.latest().bytes());
    each(
        "state_stored_bytes",
        "gauge",
        "What its versions took when they were written.",
        states,
        s -> new Versions(store, s.name()).storedBytes());
    each(
        "state_newest_version",
        "gauge",
        "Number of its newest version.",
        states,
        s -> s.latest().number());
    each(
        "state_newest_version_timestamp_seconds",
        "gauge",
        "When that was made.",
        states,
        s -> s.latest().time().toEpochMilli() / MILLIS);
    each(
        "state_held",
        "gauge",
        "1 if a keeper holds the state.",
        states,
        s -> StateLock.holder(directory, s.name()) == null ? 0 : 1);
  }

  private void ratios(Store store) {
    List<StateName> names = store.states().stream().map(StateInfo::name).toList();
    List<StoreStats> stats = store.stats(names, whole -> {});
    List<Labelled<StoreStats>> all = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      all.add(new Labelled<>(label("state", names.get(i)), stats.get(i)));
    }
    each(
        "state_dedup_ratio",
        "gauge",
        "Bytes of all versions' files by those that are different.",
        all,
        StoreStats::dedupRatio);
    each(
        "state_delta_ratio",
        "gauge",
        "How many times smaller deltas and compression make it.",
        all,
        StoreStats::deltaRatio);
  }
}
