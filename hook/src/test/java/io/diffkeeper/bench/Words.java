package io.diffkeeper.bench;

import java.util.Random;

/** Words as texts have them: few of them often, many of them rarely. */
final class Words {
  private static final int COUNT = 8000;

  private final Random random;
  private final String[] words = new String[COUNT];

  Words(Random random) {
    this.random = random;
    for (int i = 0; i < COUNT; i++) {
      StringBuilder word = new StringBuilder();
      for (int syllables = 1 + random.nextInt(3); syllables >= 0; syllables--) {
        word.append("bcdfghklmnprstvw".charAt(random.nextInt(16)));
        word.append("aeiou".charAt(random.nextInt(5)));
      }
      words[i] = word.toString();
    }
  }

  /** The next word: the n-th most frequent about 1/n as often as the first. */
  String word() {
    return words[(int) Math.pow(COUNT, random.nextDouble()) - 1];
  }
}
