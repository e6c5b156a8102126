package io.diffkeeper.keeper;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.bpf.Cgroup;
import io.diffkeeper.capture.Freezer;
import io.diffkeeper.log.Log;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Freezes a container by its cgroup, in version 2 or 1 of the kernel's interface (cgroups(7)).
 *
 * <p>A keeper that is killed meanwhile must not leave the container frozen for ever: a shell waits
 * for that on a pipe, and thaws it. Not thread-safe; to be closed by whoever opened it.
 */
final class CgroupFreezer implements Freezer, AutoCloseable {
  private static final long FREEZE_WAIT_NANOS = TimeUnit.SECONDS.toNanos(2);
  private static final long LOOK_NANOS = TimeUnit.MICROSECONDS.toNanos(200);
  private static final String GUARD =
      "trap '' HUP INT TERM; frozen=0; while read -r frozen; do :; done\n"
          + "[ \"$frozen\" = 0 ] || echo \"$1\" > \"$0\"\n";

  private final Interface files;
  private final Log log;
  private final Process guard;
  private boolean warned;

  /**
   * How the kernel is told, and how it answers.
   *
   * @param order the file that is written
   * @param freeze what is written to freeze
   * @param thaw what is written to thaw
   * @param state the file that is read
   * @param frozen the line in it that says that all processes stand still
   */
  private record Interface(Path order, String freeze, String thaw, Path state, String frozen) {
    static Interface of(long pid) throws IOException {
      Cgroup unified = Cgroup.of(pid, Cgroup.UNIFIED);
      if (isOwn(unified, Cgroup.UNIFIED, "cgroup.freeze")) {
        Path dir = unified.directory();
        return new Interface(
            dir.resolve("cgroup.freeze"), "1", "0", dir.resolve("cgroup.events"), "frozen 1");
      }
      Cgroup v1 = Cgroup.of(pid, "freezer");
      if (isOwn(v1, "freezer", "freezer.state")) {
        Path state = v1.directory().resolve("freezer.state");
        return new Interface(state, "FROZEN", "THAWED", state, "FROZEN");
      }
      return null;
    }

    /** Whether a cgroup can be frozen without freezing this process, too. */
    private static boolean isOwn(Cgroup cgroup, String controller, String file) throws IOException {
      if (cgroup == null || !Files.isWritable(cgroup.directory().resolve(file))) {
        return false;
      }
      Cgroup own = Cgroup.of(ProcessHandle.current().pid(), controller);
      return own == null || !own.directory().startsWith(cgroup.directory());
    }

    void write(String value) throws IOException {
      Files.writeString(order, value + "\n");
    }

    boolean isOrdered() throws IOException {
      return !Files.readString(order).strip().equals(thaw);
    }

    boolean isFrozen() throws IOException {
      return Files.readString(state).lines().anyMatch(frozen::equals);
    }
  }

  private CgroupFreezer(Interface files, Log log) throws IOException {
    this.files = files;
    this.log = log;
    this.guard =
        new ProcessBuilder("/bin/sh", "-c", GUARD, files.order().toString(), files.thaw())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
  }

  /**
   * The freezer of the container that a process is in.
   *
   * @throws DiffKeeperException (ATTACH_FAILED) if it has no cgroup of its own that can be frozen
   */
  static CgroupFreezer of(long pid, Log log) {
    try {
      Interface files = Interface.of(pid);
      if (files != null) {
        return new CgroupFreezer(files, log);
      }
    } catch (IOException e) {
      throw new DiffKeeperException(
          ExitCode.ATTACH_FAILED, "consistency=freeze: " + e.getMessage(), e);
    }
    throw new DiffKeeperException(
        ExitCode.ATTACH_FAILED,
        "consistency=freeze: the container has no cgroup of its own that can be frozen");
  }

  @Override
  public boolean freeze() {
    try {
      if (files.isOrdered()) {
        return false; // somebody has paused it, and is to resume it: it settles by itself
      }
      tellGuard(1);
      files.write(files.freeze());
      long deadline = System.nanoTime() + FREEZE_WAIT_NANOS;
      while (!files.isFrozen()) {
        if (System.nanoTime() - deadline > 0) {
          warn("does not stand still");
          thaw();
          return false;
        }
        LockSupport.parkNanos(LOOK_NANOS);
      }
      return true;
    } catch (IOException e) {
      warn(e.toString());
      thaw();
      return false;
    }
  }

  @Override
  public void thaw() {
    try {
      files.write(files.thaw());
      tellGuard(0);
    } catch (IOException e) {
      if (Files.exists(files.order())) {
        log.error("container cannot be thawed: " + e); // the guard does it when this process ends
      }
    }
  }

  private void tellGuard(int frozen) throws IOException {
    OutputStream to = guard.getOutputStream();
    to.write((frozen + "\n").getBytes(StandardCharsets.US_ASCII));
    to.flush();
  }

  private void warn(String what) {
    if (!warned) {
      warned = true;
      log.warning("container cannot be frozen, its versions may be fuzzy: " + what);
    }
  }

  @Override
  public void close() {
    guard.destroyForcibly();
  }
}
