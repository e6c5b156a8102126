package io.diffkeeper.history;

import com.github.difflib.DiffUtils;
import com.github.difflib.UnifiedDiffUtils;
import com.github.difflib.algorithm.myers.MyersDiffWithLinearSpace;
import java.util.ArrayList;
import java.util.List;

/** Differences between two texts, as diff -u has them. */
public final class TextDiff {
  private static final int CONTEXT_LINES = 3;
  private static final int HEADING_LINES = 2;
  private static final String NO_NEWLINE = "\n\\ No newline at end of file";

  private TextDiff() {}

  /**
   * The unified diff, line by line; empty if the texts are the same.
   *
   * @param before the old text; null if there was none
   * @param after the new text; null if there is none
   */
  public static List<String> unified(String oldName, String before, String newName, String after) {
    List<String> old = lines(before);
    List<String> now = lines(after);
    var patch = DiffUtils.diff(old, now, new MyersDiffWithLinearSpace<>());
    List<String> lines = new ArrayList<>();
    List<String> added = new ArrayList<>();
    for (String line :
        UnifiedDiffUtils.generateUnifiedDiff(oldName, newName, old, patch, CONTEXT_LINES)) {
      // What was removed comes before what was added; the library mixes them.
      boolean adds = lines.size() >= HEADING_LINES && line.startsWith("+");
      if (!adds && !line.startsWith("-")) {
        lines.addAll(added);
        added.clear();
      }
      (adds ? added : lines).addAll(List.of(line.split("\n", -1)));
    }
    lines.addAll(added);
    lines.replaceAll(TextDiff::emptySide);
    return lines;
  }

  /** No lines are lines 0,0 for diff and patch; the library begins to count at 1. */
  private static String emptySide(String line) {
    return line.startsWith("@@ ") ? line.replace("-1,0 ", "-0,0 ").replace("+1,0 ", "+0,0 ") : line;
  }

  private static List<String> lines(String text) {
    if (text == null || text.isEmpty()) {
      return List.of();
    }
    List<String> lines = new ArrayList<>(List.of(text.split("\n", -1)));
    int last = lines.size() - 1;
    if (lines.get(last).isEmpty()) {
      lines.remove(last);
    } else {
      lines.set(last, lines.get(last) + NO_NEWLINE);
    }
    return lines;
  }
}
