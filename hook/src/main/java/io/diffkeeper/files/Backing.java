package io.diffkeeper.files;

import io.diffkeeper.sys.Kernel;
import io.diffkeeper.sys.Stat;
import io.diffkeeper.tree.Name;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where the content of a directory's files really is: of an overlay, in its upper layer. */
final class Backing {
  private static final Path MOUNTS = Path.of("/proc/self/mountinfo");
  private static final Path DEFAULTS = Path.of("/sys/module/overlay/parameters");
  private static final int MOUNT_ROOT = 3;
  private static final int MOUNT_POINT = 4;
  private static final long TMPFS = 0x01021994;
  private static final long OVERLAYFS = 0x794c7630;
  private static final long XFS = 0x58465342;
  private static final long BTRFS = 0x9123683eL;
  private static final long EXT = 0xef53; // ext2's driver has the same
  private static final long UNTOLD = -1;
  private static final Pattern UPPER = Pattern.compile("(?:^|,)upperdir=((?:[^,\\\\]|\\\\.)+)");
  private static final Pattern OCTAL = Pattern.compile("\\\\([0-7]{3})");

  private Backing() {}

  /** Whether a file system of a type is an overlay. */
  static boolean isOverlay(long type) {
    return type == OVERLAYFS;
  }

  /**
   * Whether it is memory, or an overlay that writes nothing back when it is asked to (volatile).
   *
   * @param stat of the directory
   * @param type of its file system
   */
  static boolean isTmpfs(Kernel kernel, Stat stat, long type) {
    if (!isOverlay(type)) {
      return type == TMPFS;
    }
    String options = optionsOf(stat);
    long upper = isVolatile(options) ? UNTOLD : upperType(kernel, options);
    return upper == UNTOLD || upper == TMPFS; // the worse case costs reads, and misses nothing
  }

  /**
   * Whether writes are quicker, and nothing else is different, when room was found for them before.
   * btrfs would not compress what they write, and memory gains nothing.
   *
   * @param stat of the directory
   * @param type of its file system
   */
  static boolean gainsByAllocation(Kernel kernel, Stat stat, long type) {
    long below = isOverlay(type) ? upperType(kernel, optionsOf(stat)) : type;
    return below == EXT || below == XFS;
  }

  private static long upperType(Kernel kernel, String options) {
    String upper = upperOf(options);
    if (upper == null || !upper.startsWith("/")) {
      return UNTOLD;
    }
    byte[] path = upper.getBytes(StandardCharsets.UTF_8);
    long fd = kernel.openat(Kernel.AT_FDCWD, path, Kernel.O_PATH, 0);
    if (fd < 0) {
      return UNTOLD;
    }
    long type = kernel.fileSystemType((int) fd);
    kernel.close((int) fd);
    return type < 0 ? UNTOLD : type;
  }

  private static String optionsOf(Stat stat) {
    try {
      return optionsOf(stat, Files.readAllLines(MOUNTS));
    } catch (IOException unreadable) {
      return "";
    }
  }

  /**
   * What the times of changes tell.
   *
   * @param stat of the directory
   * @param type of its file system
   */
  static Times times(Stat stat, long type) {
    if (type == XFS || type == BTRFS) {
      return Times.ALL;
    }
    try {
      if (type == EXT && isMounted("ext4", stat, Files.readAllLines(MOUNTS))) {
        return Times.ALL;
      }
      if (type == TMPFS && !isOtherMemory(stat, Files.readAllLines(MOUNTS))) {
        return Times.ALL_BUT_LISTS;
      }
    } catch (IOException unreadable) {
      // As if it were not found.
    }
    return Times.SOME; // the worse case: costs time, and misses nothing
  }

  /**
   * Where an overlay's upper layer has a directory.
   *
   * @param root the layer's path on this host
   * @param relative the directory's path beneath it, "." for the root
   */
  record Layer(Name root, Name relative) {}

  /**
   * Where the upper layer has a directory of an overlay, as far as the mounts of this process tell.
   *
   * @return null if it is on no overlay, or they do not, or if the layer's index may have changes
   *     of a file that is not in its own directory there
   */
  static Layer upper(Kernel kernel, Dir dir) {
    if (!dir.isOnOverlay()) {
      return null;
    }
    byte[] path =
        kernel.readlinkat(
            Kernel.AT_FDCWD, Inode.ascii("/proc/self/fd/" + dir.descriptor()), new long[1]);
    try {
      if (path != null && !isIndexed(true)) {
        String mount = Long.toString(dir.inode().stat().mountId());
        // Bytes as they are: paths need not be text.
        String text = new String(path, StandardCharsets.ISO_8859_1);
        return layer(mount, text, Files.readAllLines(MOUNTS, StandardCharsets.ISO_8859_1));
      }
    } catch (IOException unreadable) {
      // As if it were not found.
    }
    return null;
  }

  /**
   * Whether overlays may have an index by default, as mounts tell only what differs from defaults.
   *
   * @param unknown the answer if the kernel does not tell, as it has no overlays yet
   */
  static boolean isIndexed(boolean unknown) {
    if (!Files.isDirectory(DEFAULTS)) {
      return unknown;
    }
    return !isOff("index") || !isOff("nfs_export");
  }

  private static boolean isOff(String parameter) {
    try {
      return Files.readString(DEFAULTS.resolve(parameter)).startsWith("N");
    } catch (IOException unreadable) {
      return false;
    }
  }

  /**
   * The same, by the lines of mountinfo (proc(5)).
   *
   * @param mount its number
   * @param path where it leads to, as this process sees it
   */
  static Layer layer(String mount, String path, List<String> mounts) {
    for (String line : mounts) {
      String[] fields = line.split(" ");
      if (fields.length > MOUNT_POINT && fields[0].equals(mount)) {
        String options = fields[fields.length - 1];
        String point = unescaped(fields[MOUNT_POINT]);
        String upper = upperOf(options);
        boolean below =
            path.equals(point) || path.startsWith(point.equals("/") ? "/" : point + "/");
        boolean indexed = options.contains(",index=on") || options.contains(",nfs_export=on");
        if (!below || indexed || upper == null || upper.charAt(0) != '/') {
          return null;
        }
        String relative = unescaped(fields[MOUNT_ROOT]) + "/" + path.substring(point.length());
        return new Layer(name(upper), relative(relative));
      }
    }
    return null;
  }

  private static Name relative(String path) {
    String clean = path.replaceAll("/+", "/").replaceAll("^/|/$", "");
    return name(clean.isEmpty() ? "." : clean);
  }

  private static Name name(String bytes) {
    return Name.of(bytes.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static String unescaped(String field) {
    return OCTAL
        .matcher(field)
        .replaceAll(
            found ->
                Matcher.quoteReplacement(
                    String.valueOf((char) Integer.parseInt(found.group(1), 8))));
  }

  /**
   * Whether it is the kernel's /dev or its first root, which look like a tmpfs and take no new time
   * for each change. A container's tmpfs is not among this process's mounts, those are.
   */
  static boolean isOtherMemory(Stat stat, List<String> mounts) {
    return isMounted("devtmpfs", stat, mounts) || isMounted("rootfs", stat, mounts);
  }

  /**
   * Whether the device that an inode is on is mounted as a kind of file system; the number of a
   * type would be the same for ext2 and ext4.
   */
  static boolean isMounted(String kind, Stat stat, List<String> mounts) {
    String device = " " + device(stat) + " ";
    String named = " - " + kind + " ";
    return mounts.stream().anyMatch(line -> line.contains(device) && line.contains(named));
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
      if (fields.length > MOUNT_ROOT && fields[MOUNT_ROOT - 1].equals(device)) {
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

  /** Whether an overlay's options have it never write back by itself; kernels differ in words. */
  static boolean isVolatile(String options) {
    List<String> each = List.of(options.split(","));
    return each.contains("volatile") || each.contains("fsync=volatile");
  }
}
