package io.diffkeeper.keeper;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.oci.ContainerState;
import io.diffkeeper.oci.OptIn;
import io.diffkeeper.oci.ProcessTable;
import io.diffkeeper.oci.Running;
import io.diffkeeper.store.StateName;
import io.diffkeeper.sys.Kernel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Sees to a container that somebody names: one that runs without a keeper gets one, and what an
 * ended one left whose keeper was killed is captured.
 */
public final class Adoption {
  /** Shortest beginning of an id that names a container. */
  private static final int ID_LENGTH_MIN = 4;

  private final Path runDir;
  private final Keepers keepers;
  private final Launcher launcher;

  /** Of a run directory's keepers. */
  public Adoption(Path runDir, Launcher launcher) {
    this.runDir = runDir;
    this.keepers = new Keepers(new Kernel(), runDir);
    this.launcher = launcher;
  }

  /** What became of a container. */
  public enum Outcome {
    /** It has a keeper from now on. */
    ADOPTED,
    /** It had one that lives. */
    KEPT,
    /** It has ended, and its last version is durable. */
    FINISHED
  }

  /**
   * One that was seen to.
   *
   * @param state whose keeper it has, or had
   */
  public record Done(StateName state, String containerId, Outcome outcome) {}

  /**
   * Sees to it.
   *
   * @param wish a state, or a container's name, id, or the beginning of that
   * @param namespace of a state's name that has none
   * @throws DiffKeeperException (NOT_FOUND) if there is no such container, (BAD_INPUT) if it does
   *     not opt in, or if there are several; or as its keeper says
   */
  public Done adopt(String wish, String namespace) {
    Optional<StateName> state = stateName(wish, namespace);
    List<Candidate> found = new ArrayList<>();
    for (Running running : Running.all(ProcessTable.HOST)) {
      Candidate candidate = candidate(running);
      if (candidate.is(wish, state)) {
        found.add(candidate);
      }
    }
    if (found.size() > 1) {
      String ids = String.join(", ", found.stream().map(each -> each.runtime().id()).toList());
      throw new DiffKeeperException(ExitCode.BAD_INPUT, wish + " may be any of " + ids);
    }
    return found.isEmpty() ? finish(wish, state) : adopt(found.get(0));
  }

  private static Optional<StateName> stateName(String wish, String namespace) {
    try {
      return Optional.of(StateName.parse(wish, namespace));
    } catch (DiffKeeperException containersName) {
      return Optional.empty();
    }
  }

  /**
   * A container that runs.
   *
   * @param name the engine's; may be empty
   * @param state whose it is; null if it does not opt in
   * @param malformed why nobody can tell, or null
   */
  private record Candidate(
      ContainerState runtime, String name, StateName state, DiffKeeperException malformed) {
    boolean is(String wish, Optional<StateName> wanted) {
      return names(runtime.id(), wish)
          || (!name.isEmpty() && name.equals(wish))
          || (state != null && wanted.filter(state::equals).isPresent());
    }
  }

  private static boolean names(String id, String wish) {
    return id.equals(wish) || (wish.length() >= ID_LENGTH_MIN && id.startsWith(wish));
  }

  /** With what its keeper was told of it, should it have had one. */
  private Candidate candidate(Running running) {
    Map<String, String> annotations =
        new RunFolder(runDir, running.id())
            .container()
            .map(ContainerState::annotations)
            .orElse(Map.of());
    ContainerState runtime = running.state(annotations);
    try {
      Container container = Container.late(runtime);
      StateName state = container.optIn() == null ? null : container.state();
      return new Candidate(runtime, running.name(), state, null);
    } catch (DiffKeeperException e) {
      return new Candidate(runtime, running.name(), null, e);
    }
  }

  private Done adopt(Candidate candidate) {
    String id = candidate.runtime().id();
    if (candidate.malformed() != null) {
      throw candidate.malformed();
    }
    if (candidate.state() == null) {
      throw new DiffKeeperException(
          ExitCode.BAD_INPUT,
          "container " + id + " does not opt in by " + OptIn.PREFIX + "state-dir");
    }
    if (keepers.isKept(id)) {
      return new Done(candidate.state(), id, Outcome.KEPT);
    }
    launcher.adopt(candidate.runtime());
    return new Done(candidate.state(), id, Outcome.ADOPTED);
  }

  private Done finish(String wish, Optional<StateName> state) {
    for (RunFolder folder : RunFolder.all(runDir)) {
      String about = folder.about().strip();
      boolean wanted =
          names(folder.id(), wish) || state.filter(name -> about.equals(name + "")).isPresent();
      ContainerState left = folder.container().orElse(null);
      if (wanted && left != null && !keepers.isKept(folder.id())) {
        if (Files.exists(Path.of("/proc", Integer.toString(left.pid())))) {
          throw new DiffKeeperException(
              ExitCode.NOT_FOUND,
              "container "
                  + left.id()
                  + ": whether its process "
                  + left.pid()
                  + " still runs nobody can tell: it is no child of conmon or a containerd shim");
        }
        launcher.finish(left);
        return new Done(StateName.parse(about, ""), left.id(), Outcome.FINISHED);
      }
    }
    throw new DiffKeeperException(
        ExitCode.NOT_FOUND, "no running container, nor one that a keeper left unfinished: " + wish);
  }
}
