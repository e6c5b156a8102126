package io.diffkeeper.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Has what is compared take turns that are alike: each begins with the same state of memory, and
 * none always comes after the same other one.
 */
final class Turns {
  /** What a program needs beside the files that it writes. */
  private static final long PROGRAM_BYTES = 64 << 20;

  private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(1 << 20);

  private Turns() {}

  /** Something that is measured. */
  interface Run {
    void once() throws Exception;
  }

  /**
   * Takes turns.
   *
   * @param scratch a folder on the file system that all write to
   * @param bytes that each of them writes
   */
  static void take(Path scratch, long bytes, int rounds, List<Run> runs) throws Exception {
    for (int round = 0; round < rounds; round++) {
      for (Run run : order(runs, round)) {
        touch(scratch, bytes);
        run.once();
      }
    }
  }

  /** Of two, each two rounds have both orders; of three, each six have all. */
  private static <T> List<T> order(List<T> all, int round) {
    List<T> order = new ArrayList<>(all);
    Collections.rotate(order, round / 2);
    if (round % 2 == 1) {
      Collections.reverse(order);
    }
    return order;
  }

  /**
   * Uses as much memory as is about to be needed, and frees it: a hypervisor takes away what has
   * been free for seconds, and whoever is next to touch that waits several times as long for it.
   */
  private static void touch(Path scratch, long bytes) throws IOException {
    try (FileChannel file =
        FileChannel.open(
            scratch.resolve("touched"),
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.WRITE,
            StandardOpenOption.DELETE_ON_CLOSE)) {
      for (long at = 0; at < bytes + PROGRAM_BYTES; at += ZEROS.capacity()) {
        file.write(ZEROS.clear());
      }
    }
  }
}
