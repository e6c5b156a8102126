package io.diffkeeper.engine;

import java.util.ArrayList;
import java.util.List;

/**
 * Lines that are ours in a text that is others', between marks by which they are found again.
 *
 * <pre>
 *   # >>> diffkeeper configure
 *   #was:default_runtime_name = "runc"        a line that ours take the place of
 *   default_runtime_name = "diffkeeper"
 *   # <<< diffkeeper configure
 * </pre>
 */
final class Marked {
  private static final String BEGIN = "# >>> diffkeeper configure";
  private static final String BEGIN_IN_LAST_LINE = BEGIN + ", behind a line without an end";
  private static final String END = "# <<< diffkeeper configure";
  private static final String WAS = "#was:";

  private Marked() {}

  /** Our lines. */
  static List<String> lines(List<String> ours) {
    return lines(null, ours);
  }

  /** Our lines in the place of another one. */
  static List<String> lines(String was, List<String> ours) {
    List<String> all = new ArrayList<>(List.of(BEGIN));
    if (was != null) {
      all.add(WAS + was);
    }
    all.addAll(ours);
    all.add(END);
    return all;
  }

  /** A text with our lines behind it. */
  static String append(String text, List<String> ours) {
    String block = String.join("\n", lines(ours)) + "\n";
    return text.isEmpty() || text.endsWith("\n")
        ? text + block
        : text + "\n" + block.replace(BEGIN, BEGIN_IN_LAST_LINE);
  }

  /** The text as it was without us. */
  static String removed(String text) {
    List<String> lines = new ArrayList<>();
    boolean ours = false;
    boolean cut = false;
    for (String line : text.split("\n", -1)) {
      String bare = line.strip();
      if (bare.equals(BEGIN) || bare.equals(BEGIN_IN_LAST_LINE)) {
        ours = true;
        cut |= bare.equals(BEGIN_IN_LAST_LINE);
      } else if (bare.equals(END)) {
        ours = false;
      } else if (!ours) {
        lines.add(line);
      } else if (line.startsWith(WAS)) {
        lines.add(line.substring(WAS.length()));
      }
    }
    String rest = String.join("\n", lines);
    return cut && rest.endsWith("\n") ? rest.substring(0, rest.length() - 1) : rest;
  }
}
