package io.diffkeeper.history;

import com.github.difflib.algorithm.Change;
import com.github.difflib.algorithm.myers.MyersDiffWithLinearSpace;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Differences between two texts, as diff -u has them. Of the library only the search is used: what
 * it has for the rest is slow to load, which shows in a command that people wait for.
 */
public final class TextDiff {
  private static final int CONTEXT_LINES = 3;
  private static final String NO_NEWLINE = "\n\\ No newline at end of file";

  private final List<String> old;
  private final List<String> now;
  private final List<String> diff = new ArrayList<>();

  private TextDiff(List<String> old, List<String> now) {
    this.old = old;
    this.now = now;
  }

  /** Lines that others take the place of: from the first index to before the second one. */
  private record Block(int old, int oldEnd, int now, int nowEnd) {}

  /**
   * The unified diff, line by line; empty if the texts are the same.
   *
   * @param before the old text; null if there was none
   * @param after the new text; null if there is none
   */
  public static List<String> unified(String oldName, String before, String newName, String after) {
    TextDiff texts = new TextDiff(lines(before), lines(after));
    List<Block> blocks = texts.blocks();
    if (!blocks.isEmpty()) {
      texts.diff.add("--- " + oldName);
      texts.diff.add("+++ " + newName);
    }
    for (int from = 0; from < blocks.size(); ) {
      int to = from + 1;
      while (to < blocks.size()
          && blocks.get(to).old() - blocks.get(to - 1).oldEnd() <= 2 * CONTEXT_LINES) {
        to++;
      }
      texts.hunk(blocks.subList(from, to));
      from = to;
    }
    return texts.diff;
  }

  /** What differs, in order; between two of them the texts are the same. */
  private List<Block> blocks() {
    BitSet removed = new BitSet();
    BitSet added = new BitSet();
    for (Change change : new MyersDiffWithLinearSpace<String>().computeDiff(old, now, null)) {
      removed.set(change.startOriginal, change.endOriginal);
      added.set(change.startRevised, change.endRevised);
    }
    List<Block> blocks = new ArrayList<>();
    int i = 0;
    int j = 0;
    while (i < old.size() || j < now.size()) {
      if (removed.get(i) || added.get(j)) {
        Block block = new Block(i, removed.nextClearBit(i), j, added.nextClearBit(j));
        blocks.add(block);
        i = block.oldEnd();
        j = block.nowEnd();
      } else {
        i++;
        j++;
      }
    }
    return blocks;
  }

  /** Some blocks, with the lines around them. */
  private void hunk(List<Block> blocks) {
    Block first = blocks.get(0);
    Block last = blocks.get(blocks.size() - 1);
    int before = Math.min(CONTEXT_LINES, first.old());
    int after = Math.min(CONTEXT_LINES, old.size() - last.oldEnd());
    diff.add(
        "@@ -"
            + range(first.old() - before, last.oldEnd() + after)
            + " +"
            + range(first.now() - before, last.nowEnd() + after)
            + " @@");
    int at = first.old() - before;
    for (Block block : blocks) {
      add(' ', old, at, block.old());
      add('-', old, block.old(), block.oldEnd());
      add('+', now, block.now(), block.nowEnd());
      at = block.oldEnd();
    }
    add(' ', old, at, at + after);
  }

  /** The first line, counted from 1, and how many; no lines are 0,0 for diff and patch. */
  private static String range(int from, int to) {
    return (from == to ? from : from + 1) + "," + (to - from);
  }

  /** A line that ends the text without a newline is two, of which the second says so. */
  private void add(char sign, List<String> lines, int from, int to) {
    for (String line : lines.subList(from, to)) {
      diff.addAll(List.of((sign + line).split("\n", -1)));
    }
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
