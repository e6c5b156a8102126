package io.diffkeeper.cli;

import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/** What somebody may have meant who mistyped a word. */
final class Suggestion {
  /** Of so many characters one may be wrong. */
  private static final int CHARACTERS_PER_SLIP = 3;

  private Suggestion() {}

  /** A question to add to a message, for the word that is most like this one; empty if none is. */
  static String of(String word, Stream<String> words) {
    int most = Math.max(1, word.length() / CHARACTERS_PER_SLIP);
    Optional<String> nearest =
        words
            .filter(each -> each.startsWith(word) && word.length() > 1 || slips(word, each) <= most)
            .min(Comparator.comparingInt(each -> slips(word, each)));
    return nearest.map(each -> ", did you mean '" + each + "'?").orElse("");
  }

  /** How many characters were left out, added, replaced, or exchanged with the one after them. */
  static int slips(String from, String to) {
    int[][] slips = new int[from.length() + 1][to.length() + 1];
    for (int i = 0; i <= from.length(); i++) {
      for (int j = 0; j <= to.length(); j++) {
        if (i == 0 || j == 0) {
          slips[i][j] = i + j;
          continue;
        }
        int replaced = slips[i - 1][j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        slips[i][j] = Math.min(replaced, 1 + Math.min(slips[i - 1][j], slips[i][j - 1]));
        if (i > 1
            && j > 1
            && from.charAt(i - 1) == to.charAt(j - 2)
            && from.charAt(i - 2) == to.charAt(j - 1)) {
          slips[i][j] = Math.min(slips[i][j], 1 + slips[i - 2][j - 2]);
        }
      }
    }
    return slips[from.length()][to.length()];
  }
}
