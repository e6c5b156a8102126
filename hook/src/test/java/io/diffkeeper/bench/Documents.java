package io.diffkeeper.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/** 500 JSON files, 5.7 MB, of which each version changes ten a little. */
final class Documents implements Workload {
  private static final int FILES = 500;
  private static final int RECORDS = 60;
  private static final int CHANGED = 10;

  private final Random random = new Random(3);
  private final Words words = new Words(random);
  private final String[][] records = new String[FILES][RECORDS];

  @Override
  public String name() {
    return "C";
  }

  @Override
  public String description() {
    return "500 JSON files, 5.7 MB, ten of them changed";
  }

  @Override
  public int versions() {
    return 31;
  }

  @Override
  public Goals goals() {
    return new Goals(0.65, 5, 0.8);
  }

  private static Path path(int file) {
    return Path.of("d" + file / 50, "doc" + file + ".json");
  }

  @Override
  public void make(Path dir) throws IOException {
    for (int i = 0; i < FILES; i++) {
      for (int n = 0; n < RECORDS; n++) {
        records[i][n] = record(n);
      }
      Files.createDirectories(dir.resolve(path(i)).getParent());
      write(dir, i);
    }
  }

  @Override
  public List<Path> change(Path dir, int version) throws IOException {
    Set<Integer> files = new TreeSet<>();
    while (files.size() < CHANGED) {
      files.add(random.nextInt(FILES));
    }
    List<Path> changed = new ArrayList<>();
    for (int file : files) {
      for (int n = 0; n < 3; n++) {
        int record = random.nextInt(RECORDS);
        records[file][record] = record(record);
      }
      write(dir, file);
      changed.add(path(file));
    }
    return changed;
  }

  private void write(Path dir, int file) throws IOException {
    Files.writeString(dir.resolve(path(file)), "[\n" + String.join(",\n", records[file]) + "\n]\n");
  }

  private String record(int id) {
    StringBuilder tags = new StringBuilder();
    for (int i = 0; i < 4; i++) {
      tags.append(i > 0 ? ", " : "").append('"').append(words.word()).append('"');
    }
    return String.format(
        "  {\"id\": %d, \"user\": \"%s\", \"active\": %b, \"balance\": %d.%02d,"
            + " \"address\": \"%s %s\", \"tags\": [%s], \"visits\": %d, \"note\": null}",
        id,
        words.word(),
        random.nextBoolean(),
        random.nextInt(10_000),
        random.nextInt(100),
        words.word(),
        words.word(),
        tags,
        random.nextInt(100));
  }
}
