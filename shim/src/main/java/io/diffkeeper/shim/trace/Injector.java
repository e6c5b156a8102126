package io.diffkeeper.shim.trace;

import io.diffkeeper.log.Log;
import io.diffkeeper.shim.adoption.Tally;
import java.io.File;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Runs the operator's command for containers, a few at a time, without a shell and with nothing of
 * our own environment. What it prints is thrown away.
 */
public final class Injector {
  /** How long one may take. */
  public static final Duration TIME_MAX = Duration.ofSeconds(60);

  private static final int AT_ONCE_MAX = 4;
  private static final int WAITING_MAX = 1000;
  private static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  private static final String PREFIX = "DIFFKEEPER_";

  private final List<String> command;
  private final Duration timeMax;
  private final Tally tally;
  private final Log log;
  private final ThreadPoolExecutor threads =
      new ThreadPoolExecutor(
          AT_ONCE_MAX,
          AT_ONCE_MAX,
          0,
          TimeUnit.SECONDS,
          new ArrayBlockingQueue<>(WAITING_MAX),
          work -> {
            Thread thread = new Thread(work, "injector");
            thread.setDaemon(true);
            return thread;
          });

  /**
   * An injector.
   *
   * @param command a program's absolute path and its first arguments; empty for none
   * @param timeMax how long one may take before it is killed
   */
  public Injector(List<String> command, Duration timeMax, Tally tally, Log log) {
    this.command = List.copyOf(command);
    this.timeMax = timeMax;
    this.tally = tally;
    this.log = log;
  }

  /**
   * Runs the command for a container, soon. It is told of it by its last argument, which is the id,
   * and by its environment: {@code CONTAINER_ID}, {@code RUNTIME}, {@code NAMESPACE}, {@code
   * STATE}, and the same after {@code DIFFKEEPER_}.
   *
   * @param id the container's, as it was checked to be one
   * @param runtime what runs it
   * @param namespace its pod's, or empty
   * @param state what has happened to it
   */
  void run(String id, String runtime, String namespace, String state) {
    if (command.isEmpty()) {
      return;
    }
    Map<String, String> about =
        Map.of("CONTAINER_ID", id, "RUNTIME", runtime, "NAMESPACE", namespace, "STATE", state);
    try {
      threads.execute(
          () -> {
            String outcome = run(id, about);
            boolean well = outcome.equals("exit code 0");
            tally.count(well ? Tally.Outcome.COMMANDED : Tally.Outcome.COMMAND_FAILED);
            String line = "container " + id + ": " + command.get(0) + ": " + outcome;
            if (well) {
              log.info(line);
            } else {
              log.warning(line);
            }
          });
    } catch (RejectedExecutionException full) {
      tally.count(Tally.Outcome.COMMAND_FAILED);
      log.error(
          "container " + id + ": " + command.get(0) + ": not run, " + WAITING_MAX + " are waiting");
    }
  }

  private String run(String id, Map<String, String> about) {
    List<String> words = new ArrayList<>(command);
    words.add(id);
    ProcessBuilder builder =
        new ProcessBuilder(words)
            .directory(new File("/"))
            .redirectInput(new File("/dev/null"))
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().clear();
    builder.environment().put("PATH", PATH);
    about.forEach(
        (name, value) -> {
          builder.environment().put(name, value);
          builder.environment().put(PREFIX + name, value);
        });
    try {
      Process process = builder.start();
      if (process.waitFor(timeMax.toMillis(), TimeUnit.MILLISECONDS)) {
        return "exit code " + process.exitValue();
      }
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      return "killed, as it took longer than " + timeMax.toSeconds() + " s";
    } catch (IOException e) {
      return "" + e.getMessage();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "interrupted";
    }
  }
}
