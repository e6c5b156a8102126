package io.diffkeeper.keeper;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.files.ContainerRoot;
import io.diffkeeper.files.Dir;
import io.diffkeeper.files.StateDir;
import io.diffkeeper.oci.ContainerSpec;
import io.diffkeeper.sys.Kernel;
import io.diffkeeper.sys.SyscallException;
import io.diffkeeper.tree.Name;
import java.util.ArrayList;
import java.util.List;

/**
 * A container's state-dirs, held open.
 *
 * @param root the rootfs
 * @param dirs the directories that could be opened
 * @param missing those that went with the container: only {@link #ended} has any
 */
record Trees(ContainerRoot root, List<StateDir> dirs, List<Name> missing) implements AutoCloseable {

  /** Opens the directories of a container that has been created, or of a late one that runs. */
  static Trees live(Kernel kernel, Container container) throws SyscallException {
    String rootfs = container.rootfs();
    int pid = container.runtime().pid();
    ContainerRoot root =
        container.late()
            ? ContainerRoot.running(kernel, pid, rootfs)
            : ContainerRoot.created(kernel, pid, rootfs);
    Trees trees = new Trees(root, new ArrayList<>(), List.of());
    try {
      long[] owner = container.rootOwner();
      for (Name path : container.optIn().stateDirs()) {
        trees.dirs.add(
            root.open(path, owner, container.persistent(path), container.mountOf(path) == null));
      }
      return trees;
    } catch (DiffKeeperException | SyscallException e) {
      trees.close();
      throw e;
    }
  }

  /**
   * Opens what the host still has of a container that has ended: its rootfs, volumes and binds.
   *
   * @throws DiffKeeperException (INTERNAL) if the rootfs is not there any more
   */
  static Trees ended(Kernel kernel, Container container) throws SyscallException {
    ContainerRoot root = ContainerRoot.ended(kernel, container.rootfs());
    Trees trees = new Trees(root, new ArrayList<>(), new ArrayList<>());
    try {
      for (Name path : container.optIn().stateDirs()) {
        trees.openEnded(kernel, container, path);
      }
      return trees;
    } catch (DiffKeeperException | SyscallException e) {
      trees.close();
      throw e;
    }
  }

  private void openEnded(Kernel kernel, Container container, Name path) throws SyscallException {
    ContainerSpec.Mount mount = container.mountOf(path);
    if (mount == null) {
      if (!root.isMounted(container.rootfs())) {
        throw new DiffKeeperException(
            ExitCode.INTERNAL, container.rootfs() + ": not mounted any more");
      }
      dirs.add(root.open(path, null, true, true));
    } else if (!container.persistent(path) || mount.source().isEmpty()) {
      missing.add(path);
    } else {
      Dir volume = Dir.ofHost(kernel, Name.of(mount.source()));
      Name below = path.suffix(Math.min(path.length(), mount.destination().length()));
      Name relative = below.length() > 0 && below.at(0) == '/' ? below.suffix(1) : below;
      if (relative.length() == 0) {
        dirs.add(new StateDir(path, volume, true, false));
      } else {
        try (volume) {
          dirs.add(new StateDir(path, volume.open(relative), true, false));
        }
      }
    }
  }

  /** Whether the rootfs is where it was, so that what was read of it is what was there. */
  boolean intact(Container container) {
    try {
      return dirs.stream().noneMatch(dir -> container.mountOf(dir.path()) == null)
          || root.stillMounted(container.rootfs());
    } catch (SyscallException e) {
      return false;
    }
  }

  @Override
  public void close() {
    dirs.forEach(StateDir::close);
    root.close();
  }
}
