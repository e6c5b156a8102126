package io.diffkeeper.oci;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What an OCI runtime writes down of a container of its own, in a folder that only the engine's
 * user can write to: {@code state.json} by runc, {@code status} by crun.
 *
 * @param id the container's
 * @param bundle absolute path
 * @param pid the container's first process
 * @param started when that process was started, in ticks since boot: see proc(5), field 22
 */
public record RuntimeRecord(String id, Path bundle, int pid, long started) {
  private static final int BYTES_MAX = 4 << 20;
  private static final String BUNDLE_LABEL = "bundle=";

  /**
   * Looks a container up.
   *
   * @param root the runtime's folder, which has one for each container
   * @return empty if there is none of that id, or its process is not there yet
   * @throws io.diffkeeper.DiffKeeperException ({@code BAD_INPUT}) if the record is malformed, or is
   *     being written
   */
  public static Optional<RuntimeRecord> find(Path root, String id) {
    if (!ContainerState.isId(id)) {
      return Optional.empty();
    }
    for (String name : List.of("state.json", "status")) {
      try {
        Path file = root.resolve(id).resolve(name);
        return Json.read(file, BYTES_MAX, json -> new Reading(json).record(id));
      } catch (NoSuchFileException otherRuntime) {
        // Each of the two has a name of its own.
      }
    }
    return Optional.empty();
  }

  /** One pass over a record. */
  private static final class Reading {
    private final Json json;
    private String bundle = "";
    private int pid;
    private long started;

    Reading(Json json) {
      this.json = json;
    }

    Optional<RuntimeRecord> record(String id) throws IOException {
      json.object("the document", this::member);
      if (pid == 0) {
        return Optional.empty();
      }
      if (!bundle.startsWith("/")) {
        throw new IllegalArgumentException("bundle is not an absolute path");
      }
      return Optional.of(new RuntimeRecord(id, Path.of(bundle).normalize(), pid, started));
    }

    private void member(String name) throws IOException {
      switch (name) {
        case "pid", "init_process_pid" -> pid = (int) json.integer(name, 0, ContainerState.PID_MAX);
        case "process-start-time", "init_process_start" ->
            started = json.integer(name, 0, Long.MAX_VALUE);
        case "bundle" -> bundle = json.string(name);
        case "config" -> json.object(name, this::config);
        default -> json.skip();
      }
    }

    private void config(String name) throws IOException {
      if (!name.equals("labels")) {
        json.skip();
        return;
      }
      for (String label : json.strings(name)) {
        if (label.startsWith(BUNDLE_LABEL)) {
          bundle = label.substring(BUNDLE_LABEL.length());
        }
      }
    }
  }
}
