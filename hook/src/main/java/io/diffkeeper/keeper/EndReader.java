package io.diffkeeper.keeper;

import io.diffkeeper.bpf.Cgroup;
import io.diffkeeper.log.Log;
import io.diffkeeper.oci.Conmon;
import io.diffkeeper.oci.ProcessTable;
import io.diffkeeper.store.Ending;
import io.diffkeeper.sys.Errno;
import io.diffkeeper.sys.Kernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Finds out how a container ended: its exit code from the kernel, or where that does not tell who
 * is no parent, from conmon; and whether it ran out of memory from its cgroup, which a runtime
 * removes soon after. Not thread-safe.
 */
final class EndReader {
  private static final long TOLD_NANOS_MAX = TimeUnit.SECONDS.toNanos(2);
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(2);
  private static final String KILLS = "oom_kill ";
  private static final int SIGNALLED = 128;

  private final Kernel kernel;
  private final int process;
  private final Conmon conmon;

  /** Counts killed processes; null if nothing does. */
  private final Path memory;

  private final long killsBefore;
  private boolean outOfMemory;

  /**
   * For a container that runs, or is about to.
   *
   * @param id its own: above a container that is kept in another one is that one's conmon
   * @param pid its first process
   * @param process a pidfd of that
   */
  EndReader(Kernel kernel, String id, long pid, int process, Log log) {
    this.kernel = kernel;
    this.process = process;
    this.conmon =
        Conmon.above(ProcessTable.HOST, pid).filter(its -> its.id().equals(id)).orElse(null);
    Path counter = null;
    try {
      counter = counter(pid);
    } catch (IOException gone) {
      log.debug("its cgroup is not known", gone);
    }
    this.memory = counter;
    this.killsBefore = kills();
  }

  /** In version 2 of the kernel's interface, or else in version 1; see cgroups(7). */
  private static Path counter(long pid) throws IOException {
    Cgroup unified = Cgroup.of(pid, Cgroup.UNIFIED);
    if (unified != null && Files.exists(unified.directory().resolve("memory.events"))) {
      return unified.directory().resolve("memory.events");
    }
    Cgroup v1 = Cgroup.of(pid, "memory");
    return v1 == null ? null : v1.directory().resolve("memory.oom_control");
  }

  private long kills() {
    if (memory != null) {
      try {
        for (String line : Files.readAllLines(memory)) {
          if (line.startsWith(KILLS)) {
            return Long.parseLong(line.substring(KILLS.length()));
          }
        }
      } catch (IOException gone) {
        return 0;
      }
    }
    return 0;
  }

  /** Looks at what goes with the container; cheap enough to be done now and then. */
  void look() {
    outOfMemory = outOfMemory || kills() > killsBefore;
  }

  /** How the container ended, if it has; waits a moment for whoever is to be told first. */
  Ending read() {
    if (!kernel.poll(new int[] {process}, 0)[0]) {
      return Ending.UNKNOWN;
    }
    long deadline = System.nanoTime() + TOLD_NANOS_MAX;
    int code = code();
    while (code == Ending.UNTOLD && mayBeTold() && System.nanoTime() - deadline < 0) {
      LockSupport.parkNanos(LOOK_NANOS);
      code = code();
    }
    return new Ending(code, outOfMemory);
  }

  private boolean mayBeTold() {
    return conmon != null || kernel.pidfdStatus(process) == -Errno.ENODATA;
  }

  private int code() {
    long status = kernel.pidfdStatus(process);
    if (status >= 0) {
      int signal = (int) status & 0x7f;
      return signal == 0 ? (int) status >> 8 & 0xff : SIGNALLED + signal;
    }
    OptionalInt noted = conmon == null ? OptionalInt.empty() : conmon.exitCode();
    return noted.isPresent() && noted.getAsInt() >= 0 ? noted.getAsInt() : Ending.UNTOLD;
  }
}
