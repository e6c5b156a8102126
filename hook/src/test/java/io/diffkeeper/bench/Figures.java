package io.diffkeeper.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What one tool took on one workload. */
final class Figures {
  final List<Cost> captures = new ArrayList<>();
  final List<Cost> restores = new ArrayList<>();
  double stored;

  Cost capture() {
    return Cost.median(captures);
  }

  Cost restore() {
    return Cost.median(restores);
  }

  /** Of all restores, in milliseconds. */
  double restoring() {
    return restores.stream().mapToDouble(Cost::millis).sum();
  }

  /** A line of the table of what is stored, and how long it takes. */
  String times(String name, double copyMillis) {
    return String.format(
        Locale.ROOT,
        "  %-12s %10.3f %12.1f %12.1f %8.2f   n=%d, %d",
        name,
        stored,
        capture().millis(),
        restore().millis(),
        restore().millis() / copyMillis,
        captures.size(),
        restores.size());
  }

  /** A line of the table of what the kernel accounted for. */
  String accounted(String name) {
    return "  " + String.format("%-12s", name) + columns(capture()) + columns(restore());
  }

  private static String columns(Cost cost) {
    return String.format(
        Locale.ROOT,
        " %15.1f %12.1f %12.2f",
        cost.cpuMillis(),
        cost.peakMegabytes(),
        cost.writtenMegabytes());
  }
}
