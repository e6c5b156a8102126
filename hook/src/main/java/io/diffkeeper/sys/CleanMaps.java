package io.diffkeeper.sys;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The parts of files that this process has mapped and only read: code, and archived classes. A
 * start needs much of them, an idle process hardly any, and what it needs again comes back from the
 * page cache.
 */
public final class CleanMaps {
  private static final Path SMAPS = Path.of("/proc/self/smaps");
  private static final int MADV_DONTNEED = 4;

  private CleanMaps() {}

  /**
   * Gives their pages back. A map counts as clean if it is not writable and the kernel says that it
   * has no page of its own (those of a library's relocated data would be lost): see proc(5).
   *
   * @return how many bytes were given up for
   */
  public static long release(Kernel kernel) {
    long bytes = 0;
    try (BufferedReader smaps = Files.newBufferedReader(SMAPS, StandardCharsets.ISO_8859_1)) {
      long from = 0;
      long to = 0;
      for (String line = smaps.readLine(); line != null; line = smaps.readLine()) {
        if (line.startsWith("Anonymous:")) {
          boolean clean = line.substring(10).strip().equals("0 kB");
          if (clean && to > 0 && kernel.madvise(from, to - from, MADV_DONTNEED) == 0) {
            bytes += to - from;
          }
        } else if (Character.digit(line.charAt(0), 16) >= 0 && line.indexOf('-') > 0) {
          // 7f00-7f10 r-xp 00000000 08:01 1234 /path
          String[] fields = line.split(" +", 6);
          boolean file = fields.length == 6 && fields[5].startsWith("/");
          int dash = fields[0].indexOf('-');
          from = Long.parseUnsignedLong(fields[0].substring(0, dash), 16);
          to = file && fields[1].startsWith("r-") ? end(fields[0], dash) : 0;
        }
      }
    } catch (IOException | NumberFormatException unreadable) {
      return bytes; // it is only memory
    }
    return bytes;
  }

  private static long end(String range, int dash) {
    return Long.parseUnsignedLong(range.substring(dash + 1), 16);
  }
}
