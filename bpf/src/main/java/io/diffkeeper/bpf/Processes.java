package io.diffkeeper.bpf;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Who a process is, as long as it is there: for sources that tell of no more than its number. */
final class Processes {
  private static final String NAME = "Name:";
  private static final String NUMBERS = "NSpid:"; // in each process namespace, the innermost last

  private Processes() {}

  /**
   * Looks a process up.
   *
   * @param pid as this process numbers it; 0 for one that is not known
   * @return empty if it has ended
   */
  static Optional<Writer> find(int pid) {
    try {
      return pid == 0 ? Optional.empty() : of(Path.of("/proc", Integer.toString(pid), "status"));
    } catch (IOException | NumberFormatException gone) {
      return Optional.empty();
    }
  }

  /** Of proc(5)'s status, in which bytes that are no text may be. */
  private static Optional<Writer> of(Path status) throws IOException {
    String name = null;
    for (String line :
        new String(Files.readAllBytes(status), StandardCharsets.ISO_8859_1).split("\n")) {
      if (line.startsWith(NAME)) {
        name = line.substring(NAME.length()).strip();
      } else if (line.startsWith(NUMBERS) && name != null) {
        String[] numbers = line.substring(NUMBERS.length()).strip().split("\\s+");
        byte[] bytes = name.getBytes(StandardCharsets.ISO_8859_1);
        return Optional.of(Writer.of(Integer.parseInt(numbers[numbers.length - 1]), bytes, false));
      }
    }
    return Optional.empty();
  }
}
