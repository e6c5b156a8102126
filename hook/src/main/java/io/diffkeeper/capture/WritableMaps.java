package io.diffkeeper.capture;

import io.diffkeeper.bpf.Cgroup;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * Which inodes a container's processes have mapped shared and writable. A store through such a
 * mapping into a page that is dirty already makes no event, so these files are read with care.
 */
public interface WritableMaps {
  /** The inode numbers now. Never fails: a process that ends meanwhile is left out. */
  Set<Long> inodes();

  /** For a tree that no process is running on. */
  static WritableMaps none() {
    return Set::of;
  }

  /**
   * The maps of all processes in the cgroup of a process or beneath it, or, where it has no cgroup
   * of its own, in its mount namespace.
   *
   * @param pid a process of the container
   */
  static WritableMaps of(long pid) {
    return new Proc(pid);
  }

  /** Reads /proc/PID/maps, see proc(5). */
  final class Proc implements WritableMaps {
    private static final Path PROC = Path.of("/proc");
    private static final String PROCESSES = "cgroup.procs";
    private static final List<String> HIERARCHIES =
        List.of(Cgroup.UNIFIED, "pids", "memory", "freezer", "devices", "cpu");

    /** The container's own; null if it has none. */
    private final Path cgroup;

    private final Object namespace;

    Proc(long pid) {
      this.cgroup = cgroupOf(pid);
      this.namespace = namespaceOf(PROC.resolve(Long.toString(pid)));
    }

    private static Path cgroupOf(long pid) {
      try {
        Function<String, Cgroup> theirGroups = Cgroup.of(pid);
        Function<String, Cgroup> ownGroups = Cgroup.of(ProcessHandle.current().pid());
        for (String hierarchy : HIERARCHIES) {
          Cgroup theirs = theirGroups.apply(hierarchy);
          Cgroup own = ownGroups.apply(hierarchy);
          if (theirs != null
              && Files.isReadable(theirs.directory().resolve(PROCESSES))
              && (own == null || !own.directory().startsWith(theirs.directory()))) {
            return theirs.directory();
          }
        }
      } catch (IOException gone) {
        // Its process has ended.
      }
      return null;
    }

    private static Object namespaceOf(Path process) {
      try {
        return Files.readSymbolicLink(process.resolve("ns/mnt"));
      } catch (IOException gone) {
        return null;
      }
    }

    @Override
    public Set<Long> inodes() {
      Set<Long> found = new HashSet<>();
      if (cgroup != null) {
        inCgroup(cgroup, found);
      } else if (namespace != null) {
        inNamespace(found);
      }
      return found;
    }

    private static void inCgroup(Path directory, Set<Long> found) {
      try (BufferedReader pids =
              Files.newBufferedReader(directory.resolve(PROCESSES), StandardCharsets.ISO_8859_1);
          DirectoryStream<Path> below = Files.newDirectoryStream(directory, Files::isDirectory)) {
        for (String pid = pids.readLine(); pid != null; pid = pids.readLine()) {
          collect(PROC.resolve(pid), found);
        }
        below.forEach(child -> inCgroup(child, found));
      } catch (IOException gone) {
        // The cgroup has gone, and with it its processes.
      }
    }

    private void inNamespace(Set<Long> found) {
      try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
        for (Path process : processes) {
          if (namespace.equals(namespaceOf(process))) {
            collect(process, found);
          }
        }
      } catch (IOException unreadable) {
        throw new UncheckedIOException(unreadable);
      }
    }

    private static void collect(Path process, Set<Long> found) {
      try (BufferedReader maps =
          Files.newBufferedReader(process.resolve("maps"), StandardCharsets.ISO_8859_1)) {
        for (String line = maps.readLine(); line != null; line = maps.readLine()) {
          // address perms offset device inode path; few are rw-s, and only those are taken apart
          int perms = line.indexOf(' ') + 1;
          if (line.startsWith("w", perms + 1) && line.startsWith("s", perms + 3)) {
            found.add(Long.parseLong(line.split(" +", 6)[4]));
          }
        }
      } catch (IOException gone) {
        // The process has ended, and with it its mappings.
      }
    }
  }
}
