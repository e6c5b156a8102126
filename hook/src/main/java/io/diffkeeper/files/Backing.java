package io.diffkeeper.files;

import io.diffkeeper.sys.Kernel;
import io.diffkeeper.sys.Stat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where the content of a directory's files really is: of an overlay, in its upper layer. */
final class Backing {
  private static final long TMPFS = 0x01021994;
  private static final long OVERLAYFS = 0x794c7630;
  private static final Pattern UPPER = Pattern.compile("(?:^|,)upperdir=((?:[^,\\\\]|\\\\.)+)");
  private static final Pattern OCTAL = Pattern.compile("\\\\([0-7]{3})");

  private Backing() {}

  /**
   * Whether it is memory.
   *
   * @param stat of the directory
   * @param type of its file system
   */
  static boolean isTmpfs(Kernel kernel, Stat stat, long type) {
    if (type != OVERLAYFS) {
      return type == TMPFS;
    }
    try {
      String upper = upperOf(stat, Files.readAllLines(Path.of("/proc/self/mountinfo")));
      if (upper != null) {
        byte[] path = upper.getBytes(StandardCharsets.UTF_8);
        long fd = kernel.openat(Kernel.AT_FDCWD, path, Kernel.O_PATH, 0);
        if (fd >= 0) {
          long upperType = kernel.fileSystemType((int) fd);
          kernel.close((int) fd);
          return upperType == TMPFS;
        }
      }
    } catch (IOException unreadable) {
      // As if it were not found.
    }
    return true; // the worse case: costs reads, and misses nothing
  }

  /**
   * The upper layer of the overlay that has a device number, by /proc/PID/mountinfo (proc(5)).
   *
   * @return null if it is not there
   */
  static String upperOf(Stat stat, List<String> mounts) {
    String device = Stat.major(stat.device()) + ":" + Stat.minor(stat.device());
    for (String mount : mounts) {
      String[] fields = mount.split(" ");
      Matcher upper = UPPER.matcher(fields[fields.length - 1]);
      if (fields.length > 3 && fields[2].equals(device) && upper.find()) {
        return OCTAL
            .matcher(upper.group(1))
            .replaceAll(
                found ->
                    Matcher.quoteReplacement(
                        String.valueOf((char) Integer.parseInt(found.group(1), 8))));
      }
    }
    return null;
  }
}
