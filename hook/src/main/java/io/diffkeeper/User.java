package io.diffkeeper;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The user that this process acts for, as the host sees it.
 *
 * <p>Rootless engines run hooks in a user namespace, where the caller looks like root; the
 * namespace's map tells who it is outside, so that hook and command line agree.
 *
 * @param uid the id outside our user namespace
 * @param name the login name, or {@code uid-N} if it has none that can name a namespace
 * @param home the home directory; absolute
 */
public record User(long uid, String name, Path home) {
  private static final Path PROC = Path.of("/proc/self");
  private static volatile User current;

  /** Whether this is the host's root. */
  public boolean isRoot() {
    return uid == 0;
  }

  /**
   * The user of this process, as it was when first asked for: a spare keeper has it beforehand.
   *
   * @throws DiffKeeperException ({@link ExitCode#INTERNAL}) if procfs cannot be read
   */
  public static User current() {
    User user = current;
    if (user == null) {
      user = read();
      current = user;
    }
    return user;
  }

  private static User read() {
    try {
      List<String> passwd = List.of();
      Path file = Path.of("/etc/passwd");
      if (Files.isReadable(file)) {
        passwd = lines(file);
      }
      return of(
          lines(PROC.resolve("status")),
          lines(PROC.resolve("uid_map")),
          passwd,
          System.getProperty("user.home", "/"));
    } catch (IOException unreadable) {
      throw new DiffKeeperException(ExitCode.INTERNAL, "cannot read /proc/self", unreadable);
    }
  }

  /**
   * The user that the lines of {@code /proc/self/status} and {@code uid_map} name.
   *
   * @param home used for a user whom {@code passwd} does not list, LDAP users among them
   */
  static User of(List<String> status, List<String> uidMap, List<String> passwd, String home) {
    long inside = 0;
    for (String line : status) {
      if (line.startsWith("Uid:")) {
        inside = Long.parseLong(line.strip().split("\\s+")[2]);
      }
    }
    long outside = inside;
    for (String line : uidMap) {
      String[] range = line.strip().split("\\s+");
      long offset = inside - Long.parseLong(range[0]);
      if (offset >= 0 && offset < Long.parseLong(range[2])) {
        outside = Long.parseLong(range[1]) + offset;
      }
    }
    for (String line : passwd) {
      String[] field = line.split(":", -1);
      if (field.length >= 6 && field[2].equals(Long.toString(outside))) {
        return new User(outside, login(field[0], outside), absolute(field[5]));
      }
    }
    return new User(outside, login("", outside), absolute(home));
  }

  /** The lines of a file; bytes that are no UTF-8, in other users' comments, are replaced. */
  private static List<String> lines(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8).lines().toList();
  }

  private static String login(String name, long uid) {
    boolean usable = name.matches("[A-Za-z0-9_][A-Za-z0-9._-]{0,127}");
    return usable ? name : "uid-" + uid;
  }

  private static Path absolute(String home) {
    return Path.of(home.startsWith("/") ? home : "/");
  }
}
