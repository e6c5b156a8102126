package io.diffkeeper.oci;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The process that Podman and CRI-O have wait for a container's end, by its command line; see
 * conmon(8).
 *
 * @param pid its own
 * @param id the container's
 * @param name the container's
 * @param bundle where config.json is
 * @param pidFile says which process is the container's first; null if it was not asked to
 * @param exits the folder for exit codes, a file for each container; null if there is none
 */
public record Conmon(long pid, String id, String name, Path bundle, Path pidFile, Path exits) {
  private static final String PROGRAM = "conmon";

  /** A container's first process is its child, or a runtime's that is. */
  private static final int GENERATIONS_MAX = 4;

  /** The one that waits for a container, found from its first process upwards. */
  public static Optional<Conmon> above(ProcessTable processes, long pid) {
    long each = pid;
    for (int i = 0; i < GENERATIONS_MAX && each > 1; i++) {
      each = processes.parent(each);
      if (processes.isEngines(each, PROGRAM)) {
        return of(processes, each);
      }
    }
    return Optional.empty();
  }

  /** All of them. */
  static List<Conmon> all(ProcessTable processes) {
    return processes.engines(PROGRAM).stream().flatMap(pid -> of(processes, pid).stream()).toList();
  }

  private static Optional<Conmon> of(ProcessTable processes, long pid) {
    List<String> words = processes.words(pid);
    String id = option(words, "-c", "--cid");
    String bundle = option(words, "-b", "--bundle");
    if (id == null || bundle == null || !ContainerState.isId(id)) {
      return Optional.empty();
    }
    String name = option(words, "-n", "--name");
    return Optional.of(
        new Conmon(
            pid,
            id,
            name == null ? "" : name,
            Path.of(bundle),
            path(option(words, "-p", "--container-pidfile")),
            path(option(words, "--exit-dir", "--exit-dir"))));
  }

  private static Path path(String text) {
    return text == null ? null : Path.of(text);
  }

  private static String option(List<String> words, String brief, String full) {
    for (int i = 1; i < words.size() - 1; i++) {
      if (words.get(i).equals(brief) || words.get(i).equals(full)) {
        return words.get(i + 1);
      }
    }
    return null;
  }

  /** The container's first process; 0 if it has ended. */
  long process(ProcessTable processes) {
    long process = number(pidFile).orElse(0);
    return processes.parent(process) == pid ? process : 0;
  }

  /** The container's exit code, when it has ended and conmon has noted it. */
  public OptionalInt exitCode() {
    return exits == null ? OptionalInt.empty() : number(exits.resolve(id));
  }

  private static OptionalInt number(Path file) {
    try {
      return file == null
          ? OptionalInt.empty()
          : OptionalInt.of(Integer.parseInt(Files.readString(file).strip()));
    } catch (IOException | NumberFormatException notYet) {
      return OptionalInt.empty();
    }
  }
}
