package io.diffkeeper.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is left of a file whose making was ended in the middle. */
@Timeout(120)
class UndoTest {
  private static final int INTERRUPTED = 130;

  @TempDir Path scratch;

  /** Begins to make a file, says so, and never ends. */
  static final class Endless {
    private Endless() {}

    public static void main(String[] args) throws IOException {
      OutputFile.create(
          Path.of(args[0]),
          part -> {
            Files.writeString(part, "half");
            System.out.println(part);
            System.out.flush();
            while (true) {
              try {
                TimeUnit.DAYS.sleep(1);
              } catch (InterruptedException again) {
                throw new IOException(again);
              }
            }
          });
    }
  }

  private Process endless(Path file) throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String classes = System.getProperty("java.class.path");
    // Who runs this in the background may have interrupts ignored, which is inherited.
    List<String> reset = List.of("env", "--default-signal=INT");
    List<String> words = new ArrayList<>(reset);
    words.addAll(List.of(java, "-cp", classes, Endless.class.getName(), file.toString()));
    return new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  @Test
  void leavesNothingOfAFileThatWasInterrupted() throws Exception {
    Process process = endless(scratch.resolve("file"));
    try {
      String part = process.inputReader().readLine();
      assertTrue(Files.exists(Path.of(part)), part);
      String pid = Long.toString(process.pid());
      assertEquals(0, new ProcessBuilder("kill", "-INT", pid).start().waitFor());
      assertEquals(INTERRUPTED, process.waitFor());
    } finally {
      process.destroyForcibly();
    }
    try (var left = Files.list(scratch)) {
      assertEquals(List.of(), left.toList());
    }
  }
}
