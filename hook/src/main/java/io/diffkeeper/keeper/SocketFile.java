package io.diffkeeper.keeper;

import io.diffkeeper.sys.Call;
import io.diffkeeper.sys.Kernel;
import io.diffkeeper.sys.SyscallException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A Unix socket in a folder. Reached through the open folder, so that its path may be longer than
 * the 107 bytes that a socket's address has.
 *
 * @param folder the folder, which exists
 * @param name a short file name in it
 */
record SocketFile(Path folder, String name) {
  private static final int STREAM = 1;

  /** A step that takes a socket's address. */
  private interface Step<T> {
    T with(String address) throws SyscallException;
  }

  /**
   * Binds a new socket to the file, and listens.
   *
   * @param backlog how many may wait to be accepted
   * @return the socket
   */
  int listen(Kernel kernel, int backlog) throws SyscallException {
    int socket = (int) Kernel.check(Call.SOCKET, this, kernel.unixSocket(STREAM));
    try {
      through(
          kernel,
          address ->
              Kernel.check(
                  Call.BIND,
                  this,
                  kernel.bind(socket, address.getBytes(StandardCharsets.US_ASCII))));
      Kernel.check(Call.LISTEN, this, kernel.listen(socket, backlog));
      return socket;
    } catch (SyscallException e) {
      kernel.close(socket);
      throw e;
    }
  }

  /** Connects to whoever listens. */
  Connection connect(Kernel kernel) throws SyscallException {
    return through(kernel, address -> Connection.to(kernel, address));
  }

  private <T> T through(Kernel kernel, Step<T> step) throws SyscallException {
    byte[] path = folder.toString().getBytes(StandardCharsets.UTF_8);
    int flags = Kernel.O_PATH | Kernel.O_DIRECTORY;
    int open =
        (int) Kernel.check(Call.OPENAT, folder, kernel.openat(Kernel.AT_FDCWD, path, flags, 0));
    try {
      return step.with("/proc/self/fd/" + open + "/" + name);
    } finally {
      kernel.close(open);
    }
  }

  @Override
  public String toString() {
    return folder.resolve(name).toString();
  }
}
