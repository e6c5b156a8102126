package io.diffkeeper.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Programs that are run to their end, and how long they take. */
final class Shell {
  private Shell() {}

  /** Runs a script. */
  static void run(String script) throws IOException, InterruptedException {
    output(null, Map.of(), script);
  }

  /** Runs a script, and tells how long it took in milliseconds. */
  static double timed(Path in, Map<String, String> environment, String script)
      throws IOException, InterruptedException {
    long start = System.nanoTime();
    output(in, environment, script);
    return millisSince(start);
  }

  /** What a script writes to standard output. */
  static String output(Path in, Map<String, String> environment, String script)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder("/bin/sh", "-ec", script);
    builder.environment().putAll(environment);
    builder.directory(in == null ? null : in.toFile());
    Process process = builder.redirectErrorStream(true).start();
    process.getOutputStream().close();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int code = process.waitFor();
    if (code != 0) {
      throw new IOException("exit code " + code + " of: " + script + "\n" + text);
    }
    return text;
  }

  static double millisSince(long startNanos) {
    return (System.nanoTime() - startNanos) / (double) TimeUnit.MILLISECONDS.toNanos(1);
  }

  /** One digest for the names and the SHA-256 of all files beneath a directory. */
  static String sha256(Path dir) throws IOException, InterruptedException {
    String script = "find . -type f -print0 | LC_ALL=C sort -z | xargs -0 -r sha256sum | sha256sum";
    return output(dir, Map.of(), script).strip();
  }

  /** Removes a tree, and has what is dirty written before the next measurement. */
  static void remove(Path path) throws IOException, InterruptedException {
    run("rm -rf '" + path + "'; sync -f '" + path.getParent() + "'");
  }

  /** The disk space of all files beneath a directory, in bytes of their lengths. */
  static long bytes(Path dir) throws IOException, InterruptedException {
    return Long.parseLong(
        output(dir, Map.of(), "find . -type f -printf '%s\\n' | awk '{s+=$1} END {print s+0}'")
            .strip());
  }

  /** A field of this process's memory, in kB, see proc_pid_status(5). */
  static long status(String field) throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith(field))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
        .findFirst()
        .orElseThrow();
  }
}
