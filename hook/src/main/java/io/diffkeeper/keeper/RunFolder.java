package io.diffkeeper.keeper;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.oci.ContainerState;
import io.diffkeeper.sys.Kernel;
import io.diffkeeper.sys.SyscallException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A container's folder in the run directory: while it exists, the container's last version may
 * still be missing. Holds the keeper's socket, a line about the keeper, and the container's state.
 */
final class RunFolder {
  private static final String SOCKET = "keeper.sock";
  private static final String ABOUT = "keeper";
  private static final String CONTAINER = "container.json";
  private static final int BACKLOG = 16;

  private final Path folder;

  RunFolder(Path runDir, String containerId) {
    this.folder = runDir.resolve("containers").resolve(containerId);
  }

  private RunFolder(Path folder) {
    this.folder = folder;
  }

  /** The folders of all containers that have, or had, a keeper. */
  static List<RunFolder> all(Path runDir) {
    List<RunFolder> found = new ArrayList<>();
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(runDir.resolve("containers"))) {
      folders.forEach(path -> found.add(new RunFolder(path)));
    } catch (IOException none) {
      // No container was ever kept since boot.
    }
    return found;
  }

  /** The container's. */
  String id() {
    return folder.getFileName().toString();
  }

  boolean exists() {
    return Files.isDirectory(folder);
  }

  /** The line about the keeper, or an empty one. */
  String about() {
    try {
      return Files.readString(folder.resolve(ABOUT));
    } catch (IOException none) {
      return "";
    }
  }

  /** Makes the folder, mode 0700, and writes the line about the keeper. */
  void create(String about) {
    try {
      var mode = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
      Files.createDirectories(folder, mode);
      Files.writeString(folder.resolve(ABOUT), about);
    } catch (IOException e) {
      throw new DiffKeeperException(ExitCode.INTERNAL, folder + ": cannot be made: " + e, e);
    }
  }

  /** Keeps what the runtime told of the container, for who has to finish the keeper's work. */
  void remember(byte[] state) {
    try {
      Files.write(folder.resolve(CONTAINER), state);
    } catch (IOException e) {
      throw new DiffKeeperException(ExitCode.INTERNAL, folder + ": cannot be written: " + e, e);
    }
  }

  /** What the runtime told of the container; empty if its keeper did not come so far. */
  Optional<ContainerState> container() {
    try {
      return Optional.of(ContainerState.parse(Files.readAllBytes(folder.resolve(CONTAINER))));
    } catch (IOException | DiffKeeperException none) {
      return Optional.empty();
    }
  }

  /** Connects to the keeper; fails if there is none. */
  Connection connect(Kernel kernel) throws SyscallException {
    return new SocketFile(folder, SOCKET).connect(kernel);
  }

  /** Listens on the keeper's socket. */
  int listen(Kernel kernel) {
    try {
      Files.deleteIfExists(folder.resolve(SOCKET));
      return new SocketFile(folder, SOCKET).listen(kernel, BACKLOG);
    } catch (IOException e) {
      throw new DiffKeeperException(ExitCode.INTERNAL, "keeper's socket: " + e.getMessage(), e);
    }
  }

  /** Removes the folder: the last version is durable. */
  void remove() {
    try {
      for (String name : List.of(SOCKET, ABOUT, CONTAINER)) {
        Files.deleteIfExists(folder.resolve(name));
      }
      Files.delete(folder);
    } catch (NoSuchFileException already) {
      // Removed by somebody who finished it as well.
    } catch (IOException e) {
      throw new DiffKeeperException(ExitCode.INTERNAL, folder + ": cannot be removed: " + e, e);
    }
  }
}
