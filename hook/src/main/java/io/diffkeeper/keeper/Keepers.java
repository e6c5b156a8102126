package io.diffkeeper.keeper;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.oci.ContainerState;
import io.diffkeeper.store.StateName;
import io.diffkeeper.sys.Kernel;
import io.diffkeeper.sys.SyscallException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The running keepers of this host, as others talk to them. */
public final class Keepers {
  private static final String DONE = "DONE ";

  private final Kernel kernel;
  private final Path runDir;

  /**
   * The keepers of one run directory.
   *
   * @param runDir for example /run/diffkeeper
   */
  public Keepers(Kernel kernel, Path runDir) {
    this.kernel = kernel;
    this.runDir = runDir;
  }

  /**
   * A barrier: returns when everything written to a state before the call is durable.
   *
   * @return the number of the version that has it
   * @throws DiffKeeperException (NOT_FOUND) if no keeper holds the state
   */
  public long commit(StateName state) {
    for (RunFolder folder : RunFolder.all(runDir)) {
      if (folder.about().strip().equals(state.toString())) {
        try (Connection keeper = folder.connect(kernel)) {
          keeper.send(new Connection.Request("commit", new byte[0]));
          return version(keeper.answer(), state);
        } catch (SyscallException dead) {
          // A folder that a killed keeper left; another one may hold the state.
        }
      }
    }
    throw new DiffKeeperException(ExitCode.NOT_FOUND, "no running keeper holds state " + state);
  }

  /** Containers that have a keeper, or had one that died before it was done. */
  public List<String> known() {
    return RunFolder.all(runDir).stream().map(RunFolder::id).toList();
  }

  /** Whether a container has a keeper, or had one that died before it was done. */
  public boolean isKnown(String containerId) {
    return new RunFolder(runDir, containerId).exists();
  }

  /** What a container's keeper was told of it; empty unless it has one, or had. */
  public Optional<ContainerState> container(String containerId) {
    return new RunFolder(runDir, containerId).container();
  }

  /** Whether a container has a keeper that lives. */
  public boolean isKept(String containerId) {
    try {
      new RunFolder(runDir, containerId).connect(kernel).close();
      return true;
    } catch (SyscallException none) {
      return false;
    }
  }

  /** What every running keeper tells of itself; those that end meanwhile are left out. */
  public List<KeeperStatus> status() {
    List<KeeperStatus> all = new ArrayList<>();
    for (RunFolder folder : RunFolder.all(runDir)) {
      try (Connection keeper = folder.connect(kernel)) {
        keeper.send(new Connection.Request("status", new byte[0]));
        String answer = keeper.answer();
        if (answer != null && answer.startsWith(DONE)) {
          all.add(KeeperStatus.of(answer.substring(DONE.length())));
        }
      } catch (SyscallException | IllegalArgumentException dead) {
        // Killed, or of another build: it is not one of those that are told about.
      }
    }
    return List.copyOf(all);
  }

  private static long version(String answer, StateName state) {
    if (answer != null && answer.startsWith(DONE)) {
      return Long.parseLong(answer.substring(DONE.length()));
    }
    String why = answer == null ? "the keeper ended" : answer.replaceFirst("^FAIL [0-9]+ ", "");
    throw new DiffKeeperException(ExitCode.INTERNAL, "state " + state + ": " + why);
  }
}
