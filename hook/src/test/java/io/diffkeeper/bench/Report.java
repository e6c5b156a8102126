package io.diffkeeper.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What all tools took on one workload: tables for people, and goals. */
final class Report {
  /** What ours may take until it is collected, times what it takes then. */
  private static final double UNCOLLECTED_MAX = 1.5;

  private static final int DECIMALS = 2;

  private final Workload workload;
  private final Map<Tool, Figures> tools;
  private final Cost copy;
  private final long liveBytes;

  /**
   * A report.
   *
   * @param tools ours is the first
   * @param copy what {@code cp -a} of the newest version took
   * @param liveBytes of the newest version
   */
  Report(Workload workload, Map<Tool, Figures> tools, Cost copy, long liveBytes) {
    this.workload = workload;
    this.tools = tools;
    this.copy = copy;
    this.liveBytes = liveBytes;
  }

  void print() {
    String title = workload.name() + ": " + workload.description();
    System.out.printf(
        Locale.ROOT,
        "%s; %d versions of %.1f MB; cp -a %.1f ms%n",
        title,
        workload.versions(),
        liveBytes / 1e6,
        copy.millis());
    System.out.printf(
        "  %-12s %10s %12s %12s %8s%n", "", "stored %", "capture ms", "restore ms", "÷ cp -a");
    Workload.Goals want = workload.goals();
    System.out.printf(
        Locale.ROOT,
        "  %-12s %10.3f %12.1f %12s %8.2f%n",
        "goal",
        want.stored(),
        want.captureMillis(),
        "",
        want.restore());
    tools.forEach((tool, figures) -> System.out.println(figures.times(tool.name(), copy.millis())));
    System.out.printf("%n%s: what the kernel accounted for%n", title);
    System.out.printf(
        "  %-12s %15s %12s %12s %15s %12s %12s%n",
        "", "capture CPU ms", "peak MB", "written MB", "restore CPU ms", "peak MB", "written MB");
    tools.forEach((tool, figures) -> System.out.println(figures.accounted(tool.name())));
  }

  /**
   * A line for each goal.
   *
   * @param uncollected percent that ours stored before it was collected
   * @param leastStored percent that no store can go below, or NaN
   * @param leastRestore times {@code cp -a}, what no restore can go below
   */
  List<String> goals(double uncollected, double leastStored, double leastRestore) {
    Map<String, Double> stored = new LinkedHashMap<>();
    Map<String, Double> captures = new LinkedHashMap<>();
    Map<String, Double> restores = new LinkedHashMap<>();
    tools.forEach(
        (tool, figures) -> {
          stored.put(tool.name(), figures.stored);
          captures.put(tool.name(), figures.capture().millis());
          restores.put(tool.name(), figures.restore().millis() / copy.millis());
        });
    String name = "store-" + workload.name();
    Workload.Goals want = workload.goals();
    double times = uncollected / stored.get("ours");
    return List.of(
        Goal.line(name + "-stored", want.stored(), "%", stored, leastStored),
        Goal.line(name + "-uncollected", UNCOLLECTED_MAX, "x collected", times, DECIMALS),
        Goal.line(name + "-capture", want.captureMillis(), "ms", captures),
        Goal.line(name + "-restore", want.restore(), "x cp -a", restores, leastRestore));
  }
}
