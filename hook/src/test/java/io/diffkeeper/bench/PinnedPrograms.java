package io.diffkeeper.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * The programs that keepers leave pinned for those after them. The benchmark has a BPF file system
 * of its own, so they are no one else's.
 */
final class PinnedPrograms {
  private static final Path PINS = Path.of("/sys/fs/bpf/diffkeeper");
  private static final long SECONDS_MAX = 5;

  /** Other keepers' of this host: attached before the first of the benchmark, or come since. */
  private long others;

  PinnedPrograms() throws IOException {
    others = attached();
  }

  /** Takes them out of the kernel, and waits until they are: what stays longer is not ours. */
  void detach() throws IOException {
    if (Files.exists(PINS)) {
      try (Stream<Path> pins = Files.walk(PINS)) {
        pins.sorted(Comparator.reverseOrder()).forEach(pin -> pin.toFile().delete());
      }
    }
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS_MAX);
    while (attached() > others) {
      if (System.nanoTime() > end) {
        others = attached();
        return;
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
    }
  }

  /** Says so if the base was not without all programs. */
  void tellOthers() {
    if (others > 0) {
      System.out.printf(
          "bench-capture: %d programs of other keepers were attached, too: "
              + "what is added is too little%n",
          others);
    }
  }

  private static long attached() throws IOException {
    Process process =
        new ProcessBuilder("bpftool", "link", "list")
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (Stream<String> lines = process.inputReader().lines()) {
      return lines.filter(line -> line.contains("tp '") && line.contains("ctime")).count();
    }
  }
}
