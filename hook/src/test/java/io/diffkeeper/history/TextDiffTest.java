package io.diffkeeper.history;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Our diffs are such that patch(1) takes them. */
class TextDiffTest {
  private static final int ROUNDS = 40;

  @TempDir Path scratch;

  private static List<String> diff(String before, String after) {
    return TextDiff.unified("a", before, "b", after);
  }

  @Test
  void saysWhatDiffSays() {
    assertEquals(
        List.of("--- a", "+++ b", "@@ -1,3 +1,3 @@", " 1", "-2", "+x", " 3"),
        diff("1\n2\n3\n", "1\nx\n3\n"));
    assertEquals(
        List.of("--- a", "+++ b", "@@ -1,1 +1,1 @@", "-1", "\\ No newline at end of file", "+1"),
        diff("1", "1\n"));
    assertEquals(List.of("--- a", "+++ b", "@@ -0,0 +1,1 @@", "+1"), diff("", "1\n"));
    assertEquals(List.of("--- a", "+++ b", "@@ -1,1 +0,0 @@", "-1"), diff("1\n", ""));
    assertEquals(List.of(), diff("1\n", "1\n"));
  }

  private static String text(Random random) {
    StringBuilder text = new StringBuilder();
    for (int lines = random.nextInt(30); lines > 0; lines--) {
      text.append((char) ('a' + random.nextInt(4))).append('\n');
    }
    return random.nextBoolean() && text.length() > 0
        ? text.substring(0, text.length() - 1)
        : text.toString();
  }

  @Test
  void patchMakesTheNewFileOfTheOldOne() throws Exception {
    for (long seed = 1; seed <= ROUNDS; seed++) {
      Random random = new Random(seed);
      String before = text(random);
      String after = text(random);
      assertEquals(after, patched(before, diff(before, after)), "seed " + seed);
    }
  }

  private String patched(String before, List<String> diff)
      throws IOException, InterruptedException {
    Path file = Files.writeString(scratch.resolve("file"), before);
    if (diff.isEmpty()) {
      return before;
    }
    Path input = Files.writeString(scratch.resolve("patch"), String.join("\n", diff) + "\n");
    Process patch =
        new ProcessBuilder("patch", "--silent", "--posix", file.toString())
            .inheritIO()
            .redirectInput(input.toFile())
            .start();
    assertEquals(0, patch.waitFor(), String.join("\n", diff));
    return Files.readString(file);
  }
}
