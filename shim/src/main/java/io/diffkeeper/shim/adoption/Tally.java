package io.diffkeeper.shim.adoption;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What a service of the shim counts, in a file of the run directory that {@code diffkeeper metrics}
 * shows. Counting never waits; whoever may wait writes. Thread-safe.
 */
public final class Tally {
  private static final String FOLDER = "shim";

  private final String service;
  private final Path file;
  private final Map<Outcome, AtomicLong> counts = new EnumMap<>(Outcome.class);
  private final AtomicLong lost = new AtomicLong();
  private volatile boolean connected;

  /** What became of a container. */
  public enum Outcome {
    /** It was created with our hooks. */
    INJECTED,
    /** It was found running without our hooks and without a keeper. */
    UNINJECTED,
    /** It has a keeper that captures from now on. */
    ADOPTED,
    /** It could not be given a keeper. */
    FAILED,
    /** What it left was captured, as its keeper had died. */
    FINISHED,
    /** It ran out of memory. */
    OUT_OF_MEMORY,
    /** The operator's command was run for it, with exit code 0. */
    COMMANDED,
    /** The operator's command failed for it, or was not run. */
    COMMAND_FAILED
  }

  /**
   * Counts for a service.
   *
   * @param runDir the run directory; a folder {@code shim} is made in it, mode 0700
   * @param service its name
   */
  public Tally(Path runDir, String service) {
    this.service = service;
    this.file = runDir.resolve(FOLDER).resolve(service + ".prom");
    for (Outcome outcome : Outcome.values()) {
      counts.put(outcome, new AtomicLong());
    }
    try {
      Files.createDirectories(
          file.getParent(),
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (IOException e) {
      throw new DiffKeeperException(ExitCode.INTERNAL, file.getParent() + ": " + e.getMessage(), e);
    }
  }

  /** Counts one. */
  public void count(Outcome outcome) {
    counts.get(outcome).incrementAndGet();
  }

  /** How many there were. */
  public long of(Outcome outcome) {
    return counts.get(outcome).get();
  }

  /** Counts events that did not come through. */
  public void lost(long events) {
    lost.addAndGet(events);
  }

  /** Says whether the runtime has taken us, or the kernel. */
  public void connected(boolean now) {
    connected = now;
  }

  /** Whether it has. */
  public boolean isConnected() {
    return connected;
  }

  /** Writes the file anew. */
  void write() throws IOException {
    StringBuilder text = new StringBuilder();
    String label = "{service=\"" + service + "\"";
    text.append("diffkeeper_shim_connected").append(label);
    text.append("} ").append(connected ? 1 : 0).append('\n');
    text.append("diffkeeper_shim_events_lost_total").append(label);
    text.append("} ").append(lost).append('\n');
    counts.forEach(
        (outcome, count) ->
            text.append("diffkeeper_shim_containers_total")
                .append(label)
                .append(",outcome=\"")
                .append(outcome.name().toLowerCase(Locale.ROOT))
                .append("\"} ")
                .append(count)
                .append('\n'));
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    Files.writeString(fresh, text);
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
  }
}
