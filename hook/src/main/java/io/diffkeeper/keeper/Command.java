package io.diffkeeper.keeper;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.oci.ProcessTable;
import io.diffkeeper.sys.Kernel;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A command that has been created and has not started: a process in a cgroup of its own, stopped
 * just before it becomes the command.
 */
final class Command implements AutoCloseable {
  private static final List<Path> CGROUP2 =
      List.of(Path.of("/sys/fs/cgroup/unified"), Path.of("/sys/fs/cgroup"));
  private static final String CGROUP = "run-";
  private static final String CREATE =
      "if [ -n \"$1\" ]; then mkdir -p \"$1\" && echo $$ > \"$1/cgroup.procs\"; fi 2>/dev/null\n"
          + "unblock=$2\n"
          + "shift 2\n"
          + "kill -STOP $$\n"
          + "exec ${unblock:+\"$unblock\" unblock} \"$@\"\n";

  /** What this Java was told, and the command's, if it is one, was not. */
  private static final String OWN_VARIABLE = "_JAVA_SR_SIGNUM";

  private static final String LOCALE = "LC_ALL";

  /** What bin/diffkeeper puts before the names of variables that it changes for this Java. */
  private static final String KEPT = "_OF_COMMAND_";

  private static final Optional<String> STOPPED = Optional.of("T");
  private static final int SIGCONT = 18;
  private static final int SIGKILL = 9;
  private static final long CREATED_WAIT_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final int NOT_EXECUTABLE = 126;

  private final Kernel kernel;
  private final Process process;
  private final Path cgroup;

  /**
   * Creates the process; it has this one's standard streams.
   *
   * @param words the command and its arguments
   */
  Command(Kernel kernel, List<String> words) {
    this.kernel = kernel;
    this.cgroup = cgroup();
    if (cgroup != null) {
      removeRemains(cgroup.getParent());
    }
    List<String> shell = new ArrayList<>(List.of("/bin/sh", "-c", CREATE, "diffkeeper"));
    shell.add(cgroup == null ? "" : cgroup.toString());
    shell.add(Files.isExecutable(Home.SIGNALS) ? Home.SIGNALS.toString() : "");
    shell.addAll(words);
    try {
      ProcessBuilder builder = new ProcessBuilder(shell).inheritIO();
      restore(builder.environment());
      this.process = builder.start();
    } catch (IOException e) {
      throw new DiffKeeperException(ExitCode.INTERNAL, "command: " + e.getMessage(), e);
    }
    awaitStopped();
  }

  /** Makes the environment the one that this program was started in. */
  private static void restore(Map<String, String> environment) {
    environment.keySet().removeAll(Set.of(OWN_VARIABLE, LOCALE));
    for (String name : List.copyOf(environment.keySet())) {
      if (name.startsWith(KEPT)) {
        environment.put(name.substring(KEPT.length()), environment.remove(name));
      }
    }
  }

  /** Not below the keepers' group, whose limits are not the command's. */
  private static Path cgroup() {
    String name = "diffkeeper-commands/" + CGROUP + ProcessHandle.current().pid();
    return CGROUP2.stream()
        .filter(root -> Files.isWritable(root.resolve("cgroup.procs")))
        .filter(root -> Files.exists(root.resolve("cgroup.controllers")))
        .findFirst()
        .map(root -> root.resolve(name))
        .orElse(null);
  }

  /**
   * Removes the cgroups of supervisors that were killed, once nothing is left in them.
   *
   * @param folder has one for each, by its process
   */
  static void removeRemains(Path folder) {
    try (DirectoryStream<Path> all = Files.newDirectoryStream(folder, CGROUP + "[0-9]*")) {
      for (Path each : all) {
        String process = each.getFileName().toString().substring(CGROUP.length());
        if (!Files.exists(Path.of("/proc", process))) {
          remove(each);
        }
      }
    } catch (IOException | DirectoryIteratorException none) {
      // Nobody has supervised anything here yet.
    }
  }

  private static void remove(Path cgroup) {
    try {
      Files.deleteIfExists(cgroup);
    } catch (IOException inUse) {
      // A process that the command left behind is still in it.
    }
  }

  private void awaitStopped() {
    long deadline = System.nanoTime() + CREATED_WAIT_NANOS;
    while (System.nanoTime() - deadline < 0) {
      Optional<String> state = ProcessTable.HOST.state(process.pid());
      if (state.equals(STOPPED)) {
        return;
      }
      if (state.isEmpty()) {
        break;
      }
      LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(200));
    }
    throw new DiffKeeperException(ExitCode.INTERNAL, "command: was not created");
  }

  long pid() {
    return process.pid();
  }

  /** Lets it become the command. */
  void start() {
    signal(SIGCONT);
  }

  /** Sends it a signal, if it has not ended. */
  void signal(int number) {
    if (process.isAlive()) { // else the number may be another's by now
      kernel.kill(process.pid(), number);
    }
  }

  /** Its exit code as a shell tells it: 128 and the signal's number for a signal. */
  int exitCode() {
    try {
      return process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return NOT_EXECUTABLE;
    }
  }

  /** Ends the process if it has not ended, and removes its cgroup. */
  @Override
  public void close() {
    if (process.isAlive()) {
      signal(SIGKILL);
      exitCode();
    }
    if (cgroup != null) {
      remove(cgroup);
    }
  }
}
