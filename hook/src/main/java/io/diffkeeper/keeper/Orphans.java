package io.diffkeeper.keeper;

import io.diffkeeper.sys.Kernel;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Waits for processes that lost their parents and became this one's children, as happens to the
 * first process of a container: nobody else can, and they would stay as zombies.
 */
final class Orphans implements AutoCloseable {
  private static final long PERIOD_MILLIS = 500;
  private static final long FIRST_PROCESS = 1;

  private final Kernel kernel;
  private final long self = ProcessHandle.current().pid();
  private final long own;
  private final Thread thread = new Thread(this::watch, "orphans");

  /**
   * Orphans of this process, looked after until this is closed if it is the first process of its
   * namespace; else they are not its own.
   *
   * @param own the one child that somebody else waits for
   */
  Orphans(Kernel kernel, long own) {
    this.kernel = kernel;
    this.own = own;
    thread.setDaemon(true);
    if (self == FIRST_PROCESS) {
      thread.start();
    }
  }

  private void watch() {
    try {
      while (true) {
        reap();
        Thread.sleep(PERIOD_MILLIS);
      }
    } catch (InterruptedException over) {
      Thread.currentThread().interrupt();
    }
  }

  /** Removes those that have ended. */
  private void reap() {
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[1-9]*")) {
      for (Path process : processes) {
        long pid = Long.parseLong(process.getFileName().toString());
        if (pid != own && isEnded(process)) {
          kernel.wait4(pid);
        }
      }
    } catch (IOException unreadable) {
      // Without /proc nobody can tell.
    }
  }

  /** Whether it is a zombie of ours: the fields behind the name, which may hold anything. */
  private boolean isEnded(Path process) {
    try {
      String stat = Files.readString(process.resolve("stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      return fields[0].equals("Z") && Long.parseLong(fields[1]) == self;
    } catch (IOException gone) {
      return false;
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
