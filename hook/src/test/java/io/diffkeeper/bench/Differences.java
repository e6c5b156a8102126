package io.diffkeeper.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;

/** What was measured again and again, by name: medians, and how far off they may be. */
final class Differences {
  /** Of a normal distribution: its deviation by the median of distances, and a median's by that. */
  private static final double DEVIATION = 1.4826;

  private static final double OF_MEDIAN = 1.2533;

  private final Map<String, List<Double>> samples = new LinkedHashMap<>();

  void note(String what, double figure) {
    samples.computeIfAbsent(what, fresh -> new ArrayList<>()).add(figure);
  }

  double median(String what) {
    return median(samples.get(what), figure -> figure);
  }

  static double median(List<Double> figures, DoubleUnaryOperator of) {
    double[] sorted = figures.stream().mapToDouble(of::applyAsDouble).toArray();
    Arrays.sort(sorted);
    return (sorted[sorted.length / 2] + sorted[(sorted.length - 1) / 2]) / 2;
  }

  /** The standard error of a median. */
  private double error(String what) {
    double median = median(what);
    List<Double> figures = samples.get(what);
    double deviation = DEVIATION * median(figures, figure -> Math.abs(figure - median));
    return OF_MEDIAN * deviation / Math.sqrt(figures.size());
  }

  /** A table of all whose names begin so. */
  void print(String prefix, String title, String unit) {
    System.out.printf("%s%n  %-46s %9s %9s%n", title, "", unit, "± error");
    samples.keySet().stream()
        .filter(what -> what.startsWith(prefix))
        .forEach(
            what ->
                System.out.printf(
                    Locale.ROOT,
                    "  %-46s %9.1f %9.1f  n=%d%n",
                    what,
                    median(what),
                    error(what),
                    samples.get(what).size()));
    System.out.println();
  }
}
