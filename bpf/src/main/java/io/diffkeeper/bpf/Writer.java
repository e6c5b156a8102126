package io.diffkeeper.bpf;

import java.nio.charset.StandardCharsets;

/**
 * The process that made a change.
 *
 * @param pid its id in its own process namespace, as it sees it itself
 * @param name the process's name, at most 15 bytes: it chose it itself, so without control
 *     characters
 * @param certain whether both were taken when the change was made; else they were looked up
 *     afterwards, and are another's if the number was given again or the process became another
 *     program meanwhile
 */
public record Writer(int pid, String name, boolean certain) {
  /** Leaves no control characters in the name. */
  public Writer {
    StringBuilder clean = new StringBuilder(name);
    for (int i = 0; i < clean.length(); i++) {
      if (Character.isISOControl(clean.charAt(i))) {
        clean.setCharAt(i, '?');
      }
    }
    name = clean.toString();
  }

  /** One whose name ends with a zero byte, or with its last byte. */
  static Writer of(int pid, byte[] name, boolean certain) {
    int end = 0;
    while (end < name.length && name[end] != 0) {
      end++;
    }
    return new Writer(pid, new String(name, 0, end, StandardCharsets.UTF_8), certain);
  }
}
