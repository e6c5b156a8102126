package io.diffkeeper.bench;

import java.util.Locale;
import java.util.Map;

/** The line that says whether a goal is reached. */
final class Goal {
  private Goal() {}

  /**
   * The line of a figure without peers.
   *
   * @param limit what ours may be at most
   * @param decimals how many of the figure's mean something
   */
  static String line(String name, double limit, String unit, double ours, int decimals) {
    String format = "goal %s: <= %." + decimals + "f %s | ours %." + decimals + "f %s | %s";
    return String.format(
        Locale.ROOT, format, name, limit, unit, ours, unit, ours <= limit ? "met" : "missed");
  }

  /**
   * The line of a figure beside those of others.
   *
   * @param limit what ours may be at most
   * @param figures by tool; "ours" is ours, and so is what begins with it; the smallest of the
   *     others is the best peer's
   */
  static String line(String name, double limit, String unit, Map<String, Double> figures) {
    return line(name, limit, unit, figures, "");
  }

  /** The same, with what no program can go below, unless ours did or it is not known (NaN). */
  static String line(
      String name, double limit, String unit, Map<String, Double> figures, double least) {
    boolean isLeast = least <= figures.get("ours");
    String text = isLeast ? String.format(Locale.ROOT, " | limit %.4g %s", least, unit) : "";
    return line(name, limit, unit, figures, text);
  }

  private static String line(
      String name, double limit, String unit, Map<String, Double> figures, String least) {
    double ours = figures.get("ours");
    String peer =
        figures.entrySet().stream()
            .filter(figure -> !figure.getKey().startsWith("ours"))
            .min(Map.Entry.comparingByValue())
            .map(
                best ->
                    String.format(
                        Locale.ROOT,
                        " | best peer %.3g %s (%s)",
                        best.getValue(),
                        unit,
                        best.getKey()))
            .orElse("");
    return String.format(
        Locale.ROOT,
        "goal %s: <= %.4g %s | ours %.4g %s%s%s | %s",
        name,
        limit,
        unit,
        ours,
        unit,
        peer,
        least,
        ours <= limit ? "met" : "missed");
  }
}
