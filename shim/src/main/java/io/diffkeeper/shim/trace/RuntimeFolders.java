package io.diffkeeper.shim.trace;

import io.diffkeeper.oci.ContainerState;
import io.diffkeeper.oci.RuntimeRecord;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Where runc and crun write down what they run, for themselves and for engines. All of it is below
 * {@code /run}, where only root can write.
 */
public final class RuntimeFolders {
  /** Folders of the OCI runtime's own, by what runs the containers. */
  private static final Map<String, String> PLAIN = Map.of("runc", "runc", "crun", "crun");

  /** Folders that have one of those for each of the engine's namespaces. */
  private static final Map<String, String> NAMESPACED =
      Map.of("containerd/runc", "containerd", "docker/runtime-runc", "docker");

  private final Path run;

  /**
   * Those of a host.
   *
   * @param run its {@code /run}
   */
  public RuntimeFolders(Path run) {
    this.run = run;
  }

  /**
   * A container that its runtime knows.
   *
   * @param engine whose folder it is in
   * @param record what is written down
   */
  record Found(String engine, RuntimeRecord record) {}

  /**
   * Looks a container up.
   *
   * @throws io.diffkeeper.DiffKeeperException (BAD_INPUT) if what is written down is malformed, or
   *     is being written
   */
  Optional<Found> find(String id) {
    for (Map.Entry<Path, String> root : roots().entrySet()) {
      Optional<RuntimeRecord> record = RuntimeRecord.find(root.getKey(), id);
      if (record.isPresent()) {
        return record.map(each -> new Found(root.getValue(), each));
      }
    }
    return Optional.empty();
  }

  /** The ids of all containers that a runtime knows. */
  List<String> ids() {
    List<String> ids = new ArrayList<>();
    for (Path root : roots().keySet()) {
      for (Path folder : folders(root)) {
        String id = folder.getFileName().toString();
        if (ContainerState.isId(id)) {
          ids.add(id);
        }
      }
    }
    return ids;
  }

  private Map<Path, String> roots() {
    Map<Path, String> roots = new TreeMap<>();
    PLAIN.forEach((folder, engine) -> roots.put(run.resolve(folder), engine));
    NAMESPACED.forEach(
        (folder, engine) ->
            folders(run.resolve(folder)).forEach(namespace -> roots.put(namespace, engine)));
    return roots;
  }

  private static List<Path> folders(Path folder) {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(folder, Files::isDirectory)) {
      all.forEach(found::add);
    } catch (IOException | DirectoryIteratorException none) {
      // Nothing of this engine's runs here, or its last container has gone meanwhile.
    }
    return found;
  }
}
