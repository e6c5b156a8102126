package io.diffkeeper.bpf;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A cgroup of the unified hierarchy.
 *
 * @param directory where it is mounted
 * @param level its depth below the root, at least 1
 */
record Cgroup(Path directory, int level) {
  private static final Pattern OCTAL = Pattern.compile("\\\\([0-7]{3})");

  /**
   * Finds a process's own cgroup, in pure and in hybrid mode.
   *
   * @param membership lines of /proc/PID/cgroup
   * @param mounts lines of /proc/self/mountinfo
   * @return null if the process is in the root, or its cgroup is not under a mount
   */
  static Cgroup of(List<String> membership, List<String> mounts) {
    String path = pathOf(membership);
    if (path == null || path.equals("/") || path.startsWith("/..")) {
      return null;
    }
    for (String mount : mounts) {
      // 40 30 0:37 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw (proc(5))
      String[] fields = mount.split(" ");
      List<String> all = List.of(fields);
      int dash = all.indexOf("-");
      if (dash >= 5 && all.size() > dash + 1 && fields[dash + 1].equals("cgroup2")) {
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

  private static String pathOf(List<String> membership) {
    for (String line : membership) {
      if (line.startsWith("0::")) {
        return line.substring(3);
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
