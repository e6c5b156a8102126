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
   * Where a container's record would be.
   *
   * @param engine whose folder it is in
   * @param root the runtime's folder
   * @param id the container's
   */
  record Place(String engine, Path root, String id) {
    /**
     * Reads it.
     *
     * @return empty if there is none
     * @throws io.diffkeeper.DiffKeeperException (BAD_INPUT) if what is written down is malformed,
     *     or is being written
     */
    Optional<Found> find() {
      return RuntimeRecord.find(root, id).map(record -> new Found(engine, record));
    }
  }

  /** Looks a container up; throws what {@link Place#find} does. */
  Optional<Found> find(String id) {
    for (Map.Entry<Path, String> root : roots().entrySet()) {
      Optional<Found> found = new Place(root.getValue(), root.getKey(), id).find();
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  /** All containers that a runtime knows. */
  List<Place> all() {
    List<Place> all = new ArrayList<>();
    for (Map.Entry<Path, String> root : roots().entrySet()) {
      for (Path folder : folders(root.getKey())) {
        String id = folder.getFileName().toString();
        if (ContainerState.isId(id)) {
          all.add(new Place(root.getValue(), root.getKey(), id));
        }
      }
    }
    return all;
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
