package io.diffkeeper.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Programs that are run to their end, and how long they take. */
final class Shell {
  /** The compiled usage.c; benchmarks that run programs are told where it is. */
  private static final String USAGE = System.getProperty("bench.usage", "");

  private Shell() {}

  /** Runs a script. */
  static void run(String script) throws IOException, InterruptedException {
    output(null, Map.of(), script);
  }

  /** Runs a script, and tells what it took, the shell included. */
  static Cost timed(Path in, Map<String, String> environment, String script)
      throws IOException, InterruptedException {
    Path usage = Files.createTempFile(Path.of(USAGE).getParent(), "usage", "");
    try {
      output(in, environment, List.of(USAGE, usage.toString(), "/bin/sh", "-ec", script));
      return Cost.of(usage);
    } finally {
      Files.delete(usage);
    }
  }

  /** Copies a tree by {@code cp -a}, beside it, and removes the copy. */
  static Cost copied(Path live) throws IOException, InterruptedException {
    Path into = live.resolveSibling("copied");
    Cost cost = timed(null, Map.of(), "exec cp -a '" + live + "' '" + into + "'");
    remove(into);
    return cost;
  }

  /** What a script writes to standard output. */
  static String output(Path in, Map<String, String> environment, String script)
      throws IOException, InterruptedException {
    return output(in, environment, List.of("/bin/sh", "-ec", script));
  }

  private static String output(Path in, Map<String, String> environment, List<String> words)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(words);
    builder.environment().putAll(environment);
    builder.directory(in == null ? null : in.toFile());
    Process process = builder.redirectErrorStream(true).start();
    process.getOutputStream().close();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int code = process.waitFor();
    if (code != 0) {
      throw new IOException("exit code " + code + " of: " + String.join(" ", words) + "\n" + text);
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

  /** Fails unless two trees have the same files with the same content. */
  static void same(Path one, Path other) throws IOException, InterruptedException {
    run("diff -r --no-dereference '" + one + "' '" + other + "'");
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
