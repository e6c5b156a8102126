package io.diffkeeper.shim.adoption;

import io.diffkeeper.oci.ProcessTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Finds a running container's bundle, which no runtime tells: from the parent of its process, or of
 * its pod's, which is containerd's shim and works in a bundle's folder, or is conmon and has it as
 * an argument.
 */
final class Bundles {
  private static final Path CONTAINERD =
      Path.of("/run/containerd/io.containerd.runtime.v2.task/k8s.io");

  /** Where bundles were found: whose process has gone may have had its own there, too. */
  private static final Set<Path> PLACES = ConcurrentHashMap.newKeySet();

  private static final String PID_FILE = "init.pid";

  private Bundles() {}

  /** The bundle, if it is where runtimes have them. */
  static Optional<Path> of(Sighting sighting) {
    List<Path> candidates = new ArrayList<>();
    sighting.bundle().ifPresent(candidates::add);
    for (long pid : new long[] {sighting.pid(), sighting.sandboxPid()}) {
      if (pid > 0) {
        beside(ProcessTable.HOST.parent(pid), sighting.id(), candidates);
      }
    }
    PLACES.forEach(place -> candidates.add(place.resolve(sighting.id())));
    candidates.add(CONTAINERD.resolve(sighting.id()));
    Optional<Path> found =
        candidates.stream()
            .filter(bundle -> Files.exists(bundle.resolve("config.json")))
            .findFirst();
    found.map(Path::getParent).ifPresent(PLACES::add);
    return found;
  }

  private static void beside(long parent, String id, List<Path> candidates) {
    ProcessTable.HOST.folder(parent).ifPresent(folder -> candidates.add(folder.resolveSibling(id)));
    List<String> words = ProcessTable.HOST.words(parent);
    for (int i = 1; i < words.size(); i++) {
      if (words.get(i - 1).equals("-b") && words.get(i).contains(id)) {
        candidates.add(Path.of(words.get(i)));
      }
    }
  }

  /** The container's process: as was said, or as containerd's shim has noted it; 0 if unknown. */
  static long process(Sighting sighting, Path bundle) {
    if (sighting.pid() > 0) {
      return sighting.pid();
    }
    try {
      return Long.parseLong(Files.readString(bundle.resolve(PID_FILE)).strip());
    } catch (IOException | IllegalArgumentException unknown) {
      return 0;
    }
  }
}
