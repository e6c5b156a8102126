package io.diffkeeper.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A program that goes on running, for example podman attached to a container's output. */
final class Attached {
  private static final long END_SECONDS_MAX = 120;

  private final Process process;
  private final Path out;
  private final Path err;

  Attached(Path folder, List<String> words) throws IOException {
    this.out = Files.createTempFile(folder, "out", "");
    this.err = Files.createTempFile(folder, "err", "");
    this.process =
        new ProcessBuilder(words)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
  }

  long pid() {
    return process.pid();
  }

  /** The complete lines of its output so far. */
  List<String> lines() {
    String text = read(out);
    return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
  }

  /** Waits until its output has a line. */
  Attached await(String line) {
    Await.until(
        "it says " + line, () -> lines().contains(line) || !process.isAlive(), this::everything);
    if (!lines().contains(line)) {
      throw new AssertionError("ended without saying " + line + "\n" + everything());
    }
    return this;
  }

  /** Waits until its output has that many lines. */
  Attached awaitLines(int count) {
    Await.until(
        "it says " + count + " lines",
        () -> lines().size() >= count || !process.isAlive(),
        this::everything);
    if (lines().size() < count) {
      throw new AssertionError("ended too early\n" + everything());
    }
    return this;
  }

  /** Waits for its end; returns the exit code. */
  int end() throws InterruptedException {
    if (!process.waitFor(END_SECONDS_MAX, TimeUnit.SECONDS)) {
      throw new AssertionError("does not end\n" + everything());
    }
    return process.exitValue();
  }

  /** Both of its outputs. */
  String everything() {
    return read(out) + read(err);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void close() {
    process.destroyForcibly();
  }
}
