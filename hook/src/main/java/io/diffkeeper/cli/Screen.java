package io.diffkeeper.cli;

import io.diffkeeper.Printable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What the standard streams lead to. People get colours and progress, on a terminal only; NO_COLOR
 * (no-color.org) switches colours off, and TERM=dumb both.
 */
final class Screen {
  static final int OUT = 1;
  static final int ERR = 2;

  private static final String PLAIN = "\033[m";

  private final boolean terminal;
  private final boolean coloured;

  private Screen(boolean terminal, boolean coloured) {
    this.terminal = terminal;
    this.coloured = coloured;
  }

  /** What standard output leads to. */
  static Screen out() {
    String none = System.getenv().getOrDefault("NO_COLOR", "");
    return new Screen(isTerminal(OUT), isRedrawn(OUT) && none.isEmpty());
  }

  /** Without colours. */
  static Screen plain() {
    return new Screen(false, false);
  }

  /** Whether a descriptor of this process is a terminal. */
  static boolean isTerminal(int descriptor) {
    try {
      Path target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor));
      String name = target.toString();
      return name.startsWith("/dev/pts/")
          || name.startsWith("/dev/tty")
          || name.equals("/dev/console");
    } catch (IOException closed) {
      return false;
    }
  }

  /** Whether a descriptor is a terminal on which something can be drawn over what is there. */
  static boolean isRedrawn(int descriptor) {
    return isTerminal(descriptor) && !"dumb".equals(System.getenv("TERM"));
  }

  /** A line of others for a terminal: nothing in it steers that, tabs are tabs. */
  static String safe(String line) {
    String[] parts = line.split("\t", -1);
    for (int i = 0; i < parts.length; i++) {
      parts[i] = Printable.of(parts[i]);
    }
    return String.join("\t", parts);
  }

  /** A line of a file: as it is in a pipe, and such that it does not steer a terminal. */
  String content(String line) {
    return terminal ? safe(line) : line;
  }

  private String styled(String code, String text) {
    return coloured ? "\033[" + code + "m" + text + PLAIN : text;
  }

  String heading(String text) {
    return styled("1", text);
  }

  String good(String text) {
    return styled("32", text);
  }

  String warning(String text) {
    return styled("33", text);
  }

  String bad(String text) {
    return styled("31", text);
  }

  String note(String text) {
    return styled("36", text);
  }

  String faint(String text) {
    return styled("2", text);
  }
}
