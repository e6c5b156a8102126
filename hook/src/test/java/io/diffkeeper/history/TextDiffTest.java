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

  @Test
  void tellsWhatIsFarApartInHunksOfTheirOwn() {
    String before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
    assertEquals(
        "--- a|+++ b|@@ -1,4 +1,4 @@|-1|+x| 2| 3| 4|@@ -6,4 +6,4 @@| 6| 7| 8|-9|+y",
        String.join("|", diff(before, "x\n2\n3\n4\n5\n6\n7\n8\ny\n")));
    assertEquals(
        "--- a|+++ b|@@ -1,8 +1,8 @@|-1|+x| 2| 3| 4| 5| 6| 7|-8|+y",
        String.join("|", diff(before.substring(0, 16), "x\n2\n3\n4\n5\n6\n7\ny\n")));
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
