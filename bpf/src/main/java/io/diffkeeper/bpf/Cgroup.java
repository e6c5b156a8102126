package io.diffkeeper.bpf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A cgroup, of the unified hierarchy or of a version 1 controller's.
 *
 * @param directory where it is mounted
 * @param level its depth below the root, at least 1
 */
public record Cgroup(Path directory, int level) {
  /** In place of a controller: the unified hierarchy. */
  public static final String UNIFIED = "";

  private static final Pattern OCTAL = Pattern.compile("\\\\([0-7]{3})");

  /**
   * Finds the cgroup that a process has in a hierarchy, in pure and in hybrid mode.
   *
   * @param controller of version 1, for example "freezer", or {@link #UNIFIED}
   * @return null if the process is in the root, or there is no such hierarchy here
   * @throws IOException if the process has gone or /proc cannot be read
   */
  public static Cgroup of(long pid, String controller) throws IOException {
    return of(pid).apply(controller);
  }

  /**
   * Finds the cgroups that a process has now, by controller as above: /proc is read once for all.
   *
   * @throws IOException if the process has gone or /proc cannot be read
   */
  public static Function<String, Cgroup> of(long pid) throws IOException {
    List<String> membership = Files.readAllLines(Path.of("/proc", Long.toString(pid), "cgroup"));
    List<String> mounts = Files.readAllLines(Path.of("/proc/self/mountinfo"));
    return controller -> of(controller, membership, mounts);
  }

  /**
   * The same.
   *
   * @param membership lines of /proc/PID/cgroup
   * @param mounts lines of /proc/self/mountinfo
   */
  static Cgroup of(String controller, List<String> membership, List<String> mounts) {
    String path = pathOf(controller, membership);
    if (path == null || path.equals("/") || path.startsWith("/..")) {
      return null;
    }
    for (String mount : mounts) {
      if (!mount.contains(" - cgroup")) {
        continue; // most of them, and a host may have thousands
      }
      // 40 30 0:37 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw (proc(5))
      String[] fields = mount.split(" ");
      int dash = List.of(fields).indexOf("-");
      if (dash >= 5 && fields.length > dash + 1 && isOf(controller, fields, dash)) {
        Path root = Path.of(unescaped(fields[3]));
        Path within = Path.of(path);
        if (within.startsWith(root)) {
          Path directory = Path.of(unescaped(fields[4])).resolve(root.relativize(within));
          return new Cgroup(directory, within.getNameCount());
        }
      }
    }
    return null;
  }

  private static boolean isOf(String controller, String[] mount, int dash) {
    if (controller.equals(UNIFIED)) {
      return mount[dash + 1].equals("cgroup2");
    }
    return mount[dash + 1].equals("cgroup")
        && mount.length > dash + 3
        && List.of(mount[dash + 3].split(",")).contains(controller);
  }

  /** Of 4:memory:/path or 0::/path. */
  private static String pathOf(String controller, List<String> membership) {
    for (String line : membership) {
      String[] fields = line.split(":", 3);
      if (fields.length == 3 && List.of(fields[1].split(",")).contains(controller)) {
        return fields[2];
      }
    }
    return null;
  }

  private static String unescaped(String field) {
    Matcher octal = OCTAL.matcher(field);
    return octal.replaceAll(
        found ->
            Matcher.quoteReplacement(String.valueOf((char) Integer.parseInt(found.group(1), 8))));
  }
}
