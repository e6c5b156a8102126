package io.diffkeeper.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * A program that was run to its end.
 *
 * @param code its exit code
 * @param bytes what it wrote to standard output
 * @param err what it wrote to standard error
 */
record Run(List<String> words, int code, byte[] bytes, String err) {
  private static final long SECONDS_MAX = 120;

  /**
   * Runs a program.
   *
   * @param folder for its output
   * @param in its standard input; null for none
   */
  static Run of(Path folder, Path in, List<String> words) {
    try {
      Path out = Files.createTempFile(folder, "out", "");
      Path err = Files.createTempFile(folder, "err", "");
      Process process =
          new ProcessBuilder(words)
              .redirectInput(in == null ? Path.of("/dev/null").toFile() : in.toFile())
              .redirectOutput(out.toFile())
              .redirectError(err.toFile())
              .start();
      if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("hangs: " + String.join(" ", words));
      }
      Run run = new Run(words, process.exitValue(), Files.readAllBytes(out), Files.readString(err));
      Files.delete(out);
      Files.delete(err);
      return run;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** Standard output as a text. */
  String out() {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** Fails unless the exit code is this one; returns this. */
  Run expect(int expected) {
    if (code != expected) {
      throw new AssertionError("expected exit code " + expected + ": " + this);
    }
    return this;
  }

  /** Fails unless the runtime told of a hook that ended with this exit code. */
  void expectHookFailure(int expected) {
    if (!Pattern.compile("exit (code: |status )" + expected + "\\b").matcher(err).find()) {
      throw new AssertionError("expected exit code " + expected + " of the hook: " + this);
    }
  }

  @Override
  public String toString() {
    return "exit code " + code + " of " + String.join(" ", words) + "\n" + out() + err;
  }
}
