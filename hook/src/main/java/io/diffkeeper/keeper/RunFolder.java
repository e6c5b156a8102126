package io.diffkeeper.keeper;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.sys.Call;
import io.diffkeeper.sys.Kernel;
import io.diffkeeper.sys.SyscallException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/**
 * A container's folder in the run directory: while it exists, the container's last version may
 * still be missing. Holds the keeper's socket and a line about the keeper.
 */
final class RunFolder {
  private static final String SOCKET = "keeper.sock";
  private static final String ABOUT = "keeper";
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

  /** Connects to the keeper; fails if there is none. */
  Connection connect(Kernel kernel) throws SyscallException {
    int directory = open(kernel);
    try {
      return Connection.to(kernel, socketPath(directory));
    } finally {
      kernel.close(directory);
    }
  }

  /** Listens on the keeper's socket. */
  int listen(Kernel kernel) {
    int directory = -1;
    try {
      Files.deleteIfExists(folder.resolve(SOCKET));
      int socket = (int) Kernel.check(Call.SOCKET, folder, kernel.unixSocket(1));
      directory = open(kernel);
      byte[] path = socketPath(directory).getBytes(StandardCharsets.US_ASCII);
      Kernel.check(Call.BIND, folder, kernel.bind(socket, path));
      Kernel.check(Call.LISTEN, folder, kernel.listen(socket, BACKLOG));
      return socket;
    } catch (IOException e) {
      throw new DiffKeeperException(ExitCode.INTERNAL, "keeper's socket: " + e.getMessage(), e);
    } finally {
      if (directory >= 0) {
        kernel.close(directory);
      }
    }
  }

  private int open(Kernel kernel) throws SyscallException {
    byte[] path = folder.toString().getBytes(StandardCharsets.UTF_8);
    int flags = Kernel.O_PATH | Kernel.O_DIRECTORY;
    return (int) Kernel.check(Call.OPENAT, folder, kernel.openat(Kernel.AT_FDCWD, path, flags, 0));
  }

  /**
   * Through the open folder: a socket's path has 107 bytes at most, a user's run directory more.
   */
  private static String socketPath(int directory) {
    return "/proc/self/fd/" + directory + "/" + SOCKET;
  }

  /** Removes the folder: the last version is durable. */
  void remove() {
    try {
      for (String name : List.of(SOCKET, ABOUT)) {
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
