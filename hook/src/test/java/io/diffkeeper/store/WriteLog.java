package io.diffkeeper.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * What src/test/c/writelog.c has recorded of some files: writes, syncs, and what processes told
 * meanwhile, in order.
 */
final class WriteLog {
  private static final int PAGE_BYTES = 4096;
  private static final int HEADER_BYTES = 24;

  private final byte[] before;
  private final List<Event> events = new ArrayList<>();

  /**
   * One event.
   *
   * @param file number of the file, of those that are followed
   * @param there a bit for each of those: whether it is there
   * @param flag of a write: whether its descriptor is synchronous; of a sync: whether it is of such
   *     a write only
   * @param at offset of a write, length after a truncation, process of a line
   */
  private record Event(char type, int file, int there, boolean flag, long at, byte[] bytes) {}

  private WriteLog(byte[] before) {
    this.before = before;
  }

  /** Compiles what records. */
  static Path recorder(Path temp) throws IOException, InterruptedException {
    Path recorder = temp.resolve("writelog");
    List<String> compile =
        List.of("gcc", "-O1", "-Wall", "-Werror", "src/test/c/writelog.c", "-o", "" + recorder);
    assertEquals(0, new ProcessBuilder(compile).inheritIO().start().waitFor());
    return recorder;
  }

  /**
   * Reads a recording.
   *
   * @param before the first file's content; all others were not there
   */
  static WriteLog read(Path log, byte[] before) throws IOException {
    WriteLog read = new WriteLog(before);
    ByteBuffer from = ByteBuffer.wrap(Files.readAllBytes(log)).order(ByteOrder.LITTLE_ENDIAN);
    while (from.remaining() >= HEADER_BYTES) {
      char type = (char) from.getInt();
      boolean flag = from.get() != 0;
      int file = from.get();
      int there = from.getShort();
      long at = from.getLong();
      byte[] bytes = new byte[(int) from.getLong()];
      from.get(bytes);
      read.events.add(new Event(type, file, there, flag, at, bytes));
    }
    return read;
  }

  /** How many events there are. */
  int length() {
    return events.size();
  }

  /** Where syncs are. */
  List<Integer> barriers() {
    List<Integer> barriers = new ArrayList<>();
    for (int i = 0; i < events.size(); i++) {
      if (events.get(i).type == 'S') {
        barriers.add(i);
      }
    }
    return barriers;
  }

  /** The last number that was told for each name, in lines "NAME NUMBER", before that event. */
  Map<String, Integer> acknowledged(int end) {
    Map<Long, StringBuilder> texts = new HashMap<>();
    Map<String, Integer> told = new HashMap<>();
    for (Event event : events.subList(0, end)) {
      if (event.type == 'P') {
        StringBuilder text = texts.computeIfAbsent(event.at, process -> new StringBuilder());
        text.append(new String(event.bytes, StandardCharsets.US_ASCII));
        for (int line = text.indexOf("\n"); line >= 0; line = text.indexOf("\n")) {
          String[] words = text.substring(0, line).split(" ");
          text.delete(0, line + 1);
          told.put(words[0], Integer.parseInt(words[1]));
        }
      }
    }
    return told;
  }

  /**
   * Which files a power loss before that event may leave, a bit for each.
   *
   * @param directory the number of the directory that they are in
   * @param synced whether names are there that the directory was synced with; others are by chance
   */
  int names(int end, int directory, boolean synced, Random random) {
    int durable = 0;
    for (Event event : events.subList(0, end)) {
      durable |= synced && event.type == 'S' && event.file == directory ? event.there : 0;
    }
    return events.get(Math.min(end, length() - 1)).there & (durable | random.nextInt());
  }

  /**
   * A file as a power loss may leave it before that event.
   *
   * @param file its number
   * @param kept part of the pages not synced that are there, 0 to 1; in any order
   * @param synced whether what was synced is there
   */
  byte[] image(int file, int end, double kept, boolean synced, Random random) {
    Image image = new Image(file == 0 ? before : new byte[0], bytesMax());
    List<Event> pending = new ArrayList<>();
    for (Event event : events.subList(0, end)) {
      if (event.file != file) {
        continue;
      }
      if (event.type == 'W') {
        pending.add(event);
      } else if (event.type == 'T') {
        image.length = (int) event.at;
      } else if (event.type == 'S' && synced) {
        // A synchronous write makes nothing durable but itself.
        pending.stream().filter(write -> !event.flag || write.flag).forEach(image::apply);
        pending.removeIf(write -> !event.flag || write.flag);
      }
    }
    List<Event> pages = pages(pending);
    if (kept < 1) { // else all of them are there, as they were written
      Collections.shuffle(pages, random);
      pages.removeIf(page -> random.nextDouble() >= kept);
    }
    pages.forEach(image::apply);
    return Arrays.copyOf(image.bytes, image.length);
  }

  private int bytesMax() {
    long max = before.length;
    for (Event event : events) {
      max = Math.max(max, event.type == 'W' ? event.at + event.bytes.length : 0);
    }
    return Math.toIntExact(max);
  }

  private static final class Image {
    final byte[] bytes;
    int length;

    Image(byte[] before, int bytesMax) {
      this.bytes = Arrays.copyOf(before, bytesMax);
      this.length = before.length;
    }

    void apply(Event write) {
      System.arraycopy(write.bytes, 0, bytes, (int) write.at, write.bytes.length);
      length = (int) Math.max(length, write.at + write.bytes.length);
    }
  }

  private static List<Event> pages(List<Event> writes) {
    List<Event> pages = new ArrayList<>();
    for (Event write : writes) {
      for (int from = 0; from < write.bytes.length; ) {
        long at = write.at + from;
        int to = (int) Math.min(write.bytes.length, from + PAGE_BYTES - at % PAGE_BYTES);
        byte[] bytes = Arrays.copyOfRange(write.bytes, from, to);
        pages.add(new Event('W', write.file, write.there, write.flag, at, bytes));
        from = to;
      }
    }
    return pages;
  }
}
