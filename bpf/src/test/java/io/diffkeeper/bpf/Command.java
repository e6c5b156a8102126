package io.diffkeeper.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A command of the test's world: run to its end, or parked just before it and then let go. */
final class Command implements AutoCloseable {
  private static final int SECONDS_MAX = 30;

  private final Process process;
  private final BufferedReader output;

  private Command(List<String> words) {
    try {
      process = new ProcessBuilder(words).redirectErrorStream(true).start();
      output = process.inputReader(StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs a command that must succeed; gives its output. */
  static String run(String... words) {
    return new Command(List.of(words)).end();
  }

  /** Compiles a program of src/test/c. */
  static Path compiled(String name) throws IOException {
    Path program = Files.createDirectories(Path.of("target/test-c")).resolve(name);
    String source = "src/test/c/" + name + ".c";
    run("gcc", "-Wall", "-Werror", "-Isrc/main/c", "-o", program.toString(), source);
    return program.toAbsolutePath();
  }

  /**
   * Starts a shell that runs a setup and then waits for {@link #release} to run the words.
   *
   * @param prefix a command to run it all under; may be empty
   * @param setup shell text
   */
  static Command parked(List<String> prefix, String setup, String... words) {
    List<String> all = new ArrayList<>(prefix);
    all.addAll(List.of("sh", "-c", setup + "; echo parked; read go; exec \"$@\"", "sh"));
    all.addAll(List.of(words));
    Command command = new Command(all);
    try {
      assertEquals("parked", command.output.readLine());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return command;
  }

  long pid() {
    return process.pid();
  }

  /** Lets a parked command go on. */
  void release() {
    try {
      process.outputWriter().append("go\n").flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits for the command's success. */
  String end() {
    try {
      String said = String.join("\n", output.lines().toList());
      assertTrue(process.waitFor(SECONDS_MAX, TimeUnit.SECONDS), "still running");
      assertEquals(0, process.exitValue(), said);
      return said;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Ends a command that is still parked. */
  @Override
  public void close() {
    process.destroyForcibly();
  }
}
