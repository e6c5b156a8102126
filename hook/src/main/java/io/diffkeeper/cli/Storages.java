package io.diffkeeper.cli;

import io.diffkeeper.files.Dir;
import io.diffkeeper.files.Times;
import io.diffkeeper.files.UpperDir;
import io.diffkeeper.sys.Kernel;
import io.diffkeeper.tree.Name;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A look at where engines keep what containers write: whether it can be followed for nothing, or
 * makes every write on an overlay of this host take longer while it is kept.
 */
final class Storages {
  private static final String COST =
      "every write on an overlay of this host takes 100 ns longer while a container is kept, as ";

  private final Kernel kernel;
  private final Consumer<Finding> findings;

  /**
   * Where an engine keeps its containers.
   *
   * @param settings the file that says so, which need not be there
   * @param key finds it in that file
   * @param usual where it is if the file does not tell
   */
  record Place(String engine, Path settings, Pattern key, Path usual) {
    private Path folder() {
      try {
        Matcher found = key.matcher(Files.readString(settings));
        return found.find() ? Path.of(found.group(1)) : usual;
      } catch (IOException none) {
        return usual;
      }
    }
  }

  Storages(Kernel kernel, Consumer<Finding> findings) {
    this.kernel = kernel;
    this.findings = findings;
  }

  /** Where the engines that are installed keep theirs. */
  static List<Place> places() {
    String podman =
        System.getenv().getOrDefault("CONTAINERS_STORAGE_CONF", "/etc/containers/storage.conf");
    return List.of(
            place("podman", podman, "graphroot\\s*=", "/var/lib/containers/storage"),
            place("docker", "/etc/docker/daemon.json", "\"data-root\"\\s*:", "/var/lib/docker"),
            place("containerd", "/etc/containerd/config.toml", "root\\s*=", "/var/lib/containerd"))
        .stream()
        .filter(place -> Engines.inPath(place.engine()) != null)
        .toList();
  }

  private static Place place(String engine, String settings, String key, String usual) {
    Pattern pattern = Pattern.compile("(?m)^\\s*" + key + "\\s*[\"']([^\"']+)[\"']");
    return new Place(engine, Path.of(settings), pattern, Path.of(usual));
  }

  /** Looks at each that is there. */
  void look(List<Place> places) {
    for (Place place : places) {
      Path folder = place.folder();
      if (Files.isDirectory(folder)) {
        look(place.engine() + " storage", folder);
      }
    }
  }

  private void look(String check, Path folder) {
    try (Dir dir = Dir.ofHost(kernel, Name.of(folder.toString()))) {
      String type = Files.getFileStore(folder).type();
      String detail = folder + ": " + type;
      if (dir.times() == Times.SOME) {
        findings.accept(
            Finding.degraded(
                check,
                detail + ": " + COST + type + " tells too little",
                "keep it on ext4, xfs, btrfs or tmpfs"));
      } else if (UpperDir.areHidden()) {
        findings.accept(
            Finding.degraded(
                check,
                detail + ": " + COST + "overlays are made with index or nfs_export here",
                "turn these parameters of the kernel's module 'overlay' off"));
      } else {
        findings.accept(Finding.ok(check, detail + ": followed for nothing"));
      }
    } catch (IOException e) {
      findings.accept(Finding.degraded(check, folder + ": " + e.getMessage(), "look at it"));
    }
  }
}
