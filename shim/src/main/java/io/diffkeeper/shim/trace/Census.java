package io.diffkeeper.shim.trace;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.log.Log;
import io.diffkeeper.oci.RuntimeRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Which containers run here: of a cgroup, or all. */
public final class Census {
  private final RuntimeFolders folders;
  private final Path below;
  private final Log log;

  /**
   * A census.
   *
   * @param below only containers with a cgroup below this path count
   */
  public Census(RuntimeFolders folders, Path below, Log log) {
    this.folders = folders;
    this.below = below;
    this.log = log;
  }

  /**
   * The paths of a process's cgroups, each once; empty if the process has gone.
   *
   * <p>As in {@code 4:memory:/path} and {@code 0::/path}, see cgroups(7).
   */
  static List<String> cgroups(long pid) {
    try {
      return Files.readAllLines(Path.of("/proc", Long.toString(pid), "cgroup")).stream()
          .map(line -> line.split(":", 3))
          .filter(fields -> fields.length == 3)
          .map(fields -> fields[2])
          .distinct()
          .toList();
    } catch (IOException gone) {
      return List.of();
    }
  }

  /** Whether any of the paths may be a container's. */
  static boolean mayBeContainers(List<String> paths) {
    return paths.stream().anyMatch(path -> !CgroupPath.candidates(path).isEmpty());
  }

  /**
   * The container that one of these cgroups is of.
   *
   * @return empty if none is, or its process has gone, or is not known to its runtime yet
   */
  Optional<RunningContainer> of(List<String> paths) {
    for (String path : paths) {
      for (CgroupPath.Candidate candidate : CgroupPath.candidates(path)) {
        String id = candidate.id();
        Optional<RunningContainer> found = running(id, () -> folders.find(id));
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }

  /** All containers. */
  List<RunningContainer> all() {
    List<RunningContainer> all = new ArrayList<>();
    for (RuntimeFolders.Place place : folders.all()) {
      running(place.id(), place::find).ifPresent(all::add);
    }
    return all;
  }

  private Optional<RunningContainer> running(
      String id, Supplier<Optional<RuntimeFolders.Found>> look) {
    try {
      return look.get()
          .filter(found -> RunningContainer.isAlive(found.record()))
          .flatMap(this::counted);
    } catch (DiffKeeperException beingWritten) {
      log.debug("container " + id + ": " + beingWritten.getMessage(), beingWritten);
      return Optional.empty();
    }
  }

  /** By the cgroups of its own first process, whatever told of it. */
  private Optional<RunningContainer> counted(RuntimeFolders.Found found) {
    RuntimeRecord record = found.record();
    List<String> paths = cgroups(record.pid());
    if (paths.stream().map(Path::of).noneMatch(path -> path.startsWith(below))) {
      return Optional.empty();
    }
    Predicate<CgroupPath.Candidate> tells =
        candidate -> candidate.id().equals(record.id()) && !candidate.engine().isEmpty();
    String runtime =
        paths.stream()
            .flatMap(path -> CgroupPath.candidates(path).stream())
            .filter(tells)
            .map(CgroupPath.Candidate::engine)
            .findFirst()
            .orElse(found.engine());
    return Optional.of(new RunningContainer(runtime, record));
  }
}
