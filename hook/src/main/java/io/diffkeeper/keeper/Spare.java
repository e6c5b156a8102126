package io.diffkeeper.keeper;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.config.Configuration;
import io.diffkeeper.log.Log;
import io.diffkeeper.sys.Kernel;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Optional;

/**
 * A keeper before it has a container: warm, and listening until a launcher claims it. Ends by
 * itself when it is not wanted any more. For one thread.
 */
final class Spare {
  private static final long LOOK_MILLIS = 10_000;
  private static final int WARM_UP_LIVES = 10;

  /** A method is compiled after 200 calls, and most of a start calls each once. */
  private static final int WARM_UP_STARTS = 200;

  private final Kernel kernel;
  private final Configuration configuration;
  private final Optional<Path> file;
  private final Log log;
  private final Path folder;
  private final String build = Home.buildId();
  private final long pid = ProcessHandle.current().pid();

  Spare(Kernel kernel, Configuration configuration, Optional<Path> file, Log log) {
    this.kernel = kernel;
    this.configuration = configuration;
    this.file = file;
    this.log = log;
    this.folder = Spares.folder(configuration);
  }

  /** A launcher that has claimed the spare, and what it wants. */
  record Claim(Connection launcher, Connection.Request request) {}

  /**
   * Gets warm, then waits for a claim.
   *
   * @return null if we are not wanted
   */
  Claim await(Events events) {
    if (build.isEmpty()) {
      return null; // removed meanwhile: no folder may be made again
    }
    try (FileChannel slot = new Spares(configuration, file, log).take()) {
      if (slot == null) {
        return null;
      }
      removeRemains();
      events.open(configuration);
      Path warm = folder.resolve("warm." + pid);
      try {
        new WarmUp(kernel, warm, events).run(WARM_UP_LIVES, WARM_UP_STARTS);
      } finally {
        WarmUp.delete(warm);
      }
      System.gc(); // what the warm-up left, before it gets expensive to look for it
      return listen();
    } catch (IOException e) {
      throw new DiffKeeperException(ExitCode.INTERNAL, folder + ": " + e.getMessage(), e);
    }
  }

  /** What dead spares left; a process that took a dead one's number makes it stay a while. */
  private void removeRemains() throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        String name = entry.getFileName().toString();
        String owner = name.substring(name.lastIndexOf('.') + 1);
        boolean lock = name.startsWith(Spares.SLOT) || name.equals(Spares.TENDED);
        if (!lock && !Files.exists(Path.of("/proc", owner))) {
          WarmUp.delete(entry);
        }
      }
    }
  }

  private Claim listen() throws IOException {
    Path socket = folder.resolve(build + "." + pid);
    String hidden = "new." + pid;
    int listening = new SocketFile(folder, hidden).listen(kernel, 1);
    try {
      Files.move(folder.resolve(hidden), socket, StandardCopyOption.ATOMIC_MOVE);
      return claimed(listening, socket);
    } finally {
      kernel.close(listening);
      Files.deleteIfExists(socket);
    }
  }

  private Claim claimed(int listening, Path socket) {
    while (!kernel.poll(new int[] {listening}, LOOK_MILLIS)[0]) {
      if (!isWanted(socket)) {
        return null;
      }
    }
    long fd = kernel.accept(listening);
    if (fd < 0) {
      return null;
    }
    Connection launcher = new Connection(kernel, (int) fd);
    try {
      launcher.greet();
      Claim claim = new Claim(launcher, launcher.receive());
      log.info("claimed as a spare");
      return claim;
    } catch (DiffKeeperException e) {
      log.info("claimed too late: " + e.getMessage()); // its container has another keeper
      launcher.close();
      return null;
    }
  }

  /** Not after an upgrade, not with fewer spares in the configuration, not without a socket. */
  private boolean isWanted(Path socket) {
    return Files.exists(socket)
        && build.equals(Home.buildId())
        && Configuration.load(file, Map.of()).spares() > 0;
  }
}
