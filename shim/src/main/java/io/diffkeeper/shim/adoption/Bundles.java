package io.diffkeeper.shim.adoption;

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
  private static final Path PROC = Path.of("/proc");
  private static final Path CONTAINERD =
      Path.of("/run/containerd/io.containerd.runtime.v2.task/k8s.io");

  /** Where bundles were found: whose process has gone may have had its own there, too. */
  private static final Set<Path> PLACES = ConcurrentHashMap.newKeySet();

  private static final String PID_FILE = "init.pid";

  private Bundles() {}

  /** The bundle, if it is where runtimes have them. */
  static Optional<Path> of(Sighting sighting) {
    List<Path> candidates = new ArrayList<>();
    for (long pid : new long[] {sighting.pid(), sighting.sandboxPid()}) {
      if (pid > 0) {
        parent(pid).ifPresent(parent -> beside(parent, sighting.id(), candidates));
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
    try {
      Path folder = Files.readSymbolicLink(PROC.resolve(parent + "/cwd"));
      candidates.add(folder.resolveSibling(id));
      String[] words = Files.readString(PROC.resolve(parent + "/cmdline")).split("\0");
      for (int i = 1; i < words.length; i++) {
        if (words[i - 1].equals("-b") && words[i].contains(id)) {
          candidates.add(Path.of(words[i]));
        }
      }
    } catch (IOException gone) {
      // It has ended, or is nobody that we may look at: another candidate may do.
    }
  }

  private static Optional<Long> parent(long pid) {
    try {
      String stat = Files.readString(PROC.resolve(pid + "/stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      return Optional.of(Long.parseLong(fields[1]));
    } catch (IOException gone) {
      return Optional.empty();
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
