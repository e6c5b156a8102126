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
  private static final long XFS = 0x58465342;
  private static final long BTRFS = 0x9123683e;
  private static final long EXT = 0xef53; // ext2's driver has the same
  private static final Pattern UPPER = Pattern.compile("(?:^|,)upperdir=((?:[^,\\\\]|\\\\.)+)");
  private static final Pattern OCTAL = Pattern.compile("\\\\([0-7]{3})");

  private Backing() {}

  /**
   * Whether it is memory, or an overlay that writes nothing back when it is asked to (volatile).
   *
   * @param stat of the directory
   * @param type of its file system
   */
  static boolean isTmpfs(Kernel kernel, Stat stat, long type) {
    if (type != OVERLAYFS) {
      return type == TMPFS;
    }
    try {
      String options = optionsOf(stat, Files.readAllLines(Path.of("/proc/self/mountinfo")));
      String upper = isVolatile(options) ? null : upperOf(options);
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
   * Whether it is ext4, xfs or btrfs.
   *
   * @param stat of the directory
   * @param type of its file system
   */
  static boolean takesTimes(Stat stat, long type) {
    try {
      return type == XFS
          || type == BTRFS
          || type == EXT && isExt4(stat, Files.readAllLines(Path.of("/proc/self/mountinfo")));
    } catch (IOException unreadable) {
      return false; // the worse case: costs time, and misses nothing
    }
  }

  /** Whether ext4 is mounted from the device that an inode is on. */
  static boolean isExt4(Stat stat, List<String> mounts) {
    String device = " " + device(stat) + " ";
    return mounts.stream().anyMatch(line -> line.contains(device) && line.contains(" - ext4 "));
  }

  private static String device(Stat stat) {
    return Stat.major(stat.device()) + ":" + Stat.minor(stat.device());
  }

  /**
   * The options of the file system that has a device number, by /proc/PID/mountinfo (proc(5)).
   *
   * @return empty if it is not there
   */
  static String optionsOf(Stat stat, List<String> mounts) {
    String device = device(stat);
    for (String mount : mounts) {
      String[] fields = mount.split(" ");
      if (fields.length > 3 && fields[2].equals(device)) {
        return fields[fields.length - 1];
      }
    }
    return "";
  }

  /** The upper layer that an overlay's options name; null for none. */
  static String upperOf(String options) {
    Matcher upper = UPPER.matcher(options);
    return upper.find() ? unescaped(upper.group(1)) : null;
  }

  private static String unescaped(String field) {
    return OCTAL
        .matcher(field)
        .replaceAll(
            found ->
                Matcher.quoteReplacement(
                    String.valueOf((char) Integer.parseInt(found.group(1), 8))));
  }

  /** Whether an overlay's options have it never write back by itself. */
  static boolean isVolatile(String options) {
    return List.of(options.split(",")).contains("volatile");
  }
}
