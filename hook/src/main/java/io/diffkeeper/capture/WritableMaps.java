package io.diffkeeper.capture;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

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
    private final String cgroup;
    private final Object namespace;

    Proc(long pid) {
      Path process = PROC.resolve(Long.toString(pid));
      String own = cgroupOf(PROC.resolve("self"));
      String theirs = cgroupOf(process);
      this.cgroup = theirs == null || theirs.equals("/") || theirs.equals(own) ? null : theirs;
      this.namespace = namespaceOf(process);
    }

    /** The path in the v2 hierarchy or, without one, in the first of v1. */
    private static String cgroupOf(Path process) {
      try {
        String first = null;
        for (String line : Files.readAllLines(process.resolve("cgroup"))) {
          String path = line.substring(line.indexOf(':', line.indexOf(':') + 1) + 1);
          if (line.startsWith("0::") && !path.equals("/")) {
            return path;
          }
          first = first == null || first.equals("/") ? path : first;
        }
        return first;
      } catch (IOException | IndexOutOfBoundsException gone) {
        return null;
      }
    }

    private static Object namespaceOf(Path process) {
      try {
        return Files.readSymbolicLink(process.resolve("ns/mnt"));
      } catch (IOException gone) {
        return null;
      }
    }

    private boolean isOurs(Path process) {
      if (cgroup == null) {
        return namespace != null && namespace.equals(namespaceOf(process));
      }
      String theirs = cgroupOf(process);
      return theirs != null && (theirs.equals(cgroup) || theirs.startsWith(cgroup + "/"));
    }

    @Override
    public Set<Long> inodes() {
      Set<Long> found = new HashSet<>();
      try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
        for (Path process : processes) {
          if (isOurs(process)) {
            collect(process, found);
          }
        }
      } catch (IOException unreadable) {
        throw new java.io.UncheckedIOException(unreadable);
      }
      return found;
    }

    private static void collect(Path process, Set<Long> found) {
      try (BufferedReader maps =
          Files.newBufferedReader(process.resolve("maps"), StandardCharsets.ISO_8859_1)) {
        for (String line = maps.readLine(); line != null; line = maps.readLine()) {
          // address perms offset device inode path
          String[] fields = line.split(" +", 6);
          if (fields.length > 4 && fields[1].charAt(1) == 'w' && fields[1].charAt(3) == 's') {
            found.add(Long.parseLong(fields[4]));
          }
        }
      } catch (IOException gone) {
        // The process has ended, and with it its mappings.
      }
    }
  }
}
