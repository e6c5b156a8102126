package io.diffkeeper.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/** 10,000 source files of 100 packages, 115 MB; each version installs four packages anew. */
final class Modules implements Workload {
  private static final int PACKAGES = 100;
  private static final int FILES_EACH = 100;
  private static final int UPDATED = 4;
  private static final int EDITED_PERCENT = 12;
  private static final int LINES_MAX = 520;

  private final Random random = new Random(4);
  private final Words words = new Words(random);

  @Override
  public String name() {
    return "D";
  }

  @Override
  public String description() {
    return "10,000 files of 100 packages, 115 MB, four of them installed anew";
  }

  @Override
  public int versions() {
    return 6;
  }

  @Override
  public Goals goals() {
    return new Goals(3.3, 100, 0.6);
  }

  private static Path path(int module, int file) {
    return Path.of("package" + module, file % 3 == 0 ? "lib" : "dist", "file" + file + ".js");
  }

  @Override
  public void make(Path dir) throws IOException {
    for (int module = 0; module < PACKAGES; module++) {
      for (int file = 0; file < FILES_EACH; file++) {
        Path path = dir.resolve(path(module, file));
        Files.createDirectories(path.getParent());
        Files.writeString(path, source(1 + random.nextInt(LINES_MAX)));
      }
    }
  }

  @Override
  public List<Path> change(Path dir, int version) throws IOException {
    Set<Integer> updated = new TreeSet<>();
    while (updated.size() < UPDATED) {
      updated.add(random.nextInt(PACKAGES));
    }
    List<Path> changed = new ArrayList<>();
    for (int module : updated) {
      for (int file = 0; file < FILES_EACH; file++) {
        Path path = path(module, file);
        // As installers do it: a new file takes the old one's place, whether or not it differs.
        String text = Files.readString(dir.resolve(path));
        Path fresh = dir.resolve(path + ".new");
        Files.writeString(fresh, random.nextInt(100) < EDITED_PERCENT ? edited(text) : text);
        Files.move(fresh, dir.resolve(path), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        changed.add(path);
      }
    }
    return changed;
  }

  private String edited(String text) {
    List<String> lines = new ArrayList<>(List.of(text.split("\n")));
    for (int i = 0; i < 5; i++) {
      lines.add(random.nextInt(lines.size()), line());
    }
    return String.join("\n", lines) + "\n";
  }

  private String source(int lines) {
    StringBuilder text = new StringBuilder("'use strict';\n\n");
    for (int i = 0; i < lines; i++) {
      text.append(line()).append('\n');
    }
    return text.toString();
  }

  private String line() {
    String name = words.word();
    return switch (random.nextInt(8)) {
      case 0 -> "  const " + name + " = require('./" + words.word() + "');";
      case 1 -> "  if (" + name + "." + words.word() + " === undefined) {";
      case 2 -> "  }";
      case 3 -> "    return " + name + "." + words.word() + "(" + words.word() + ");";
      case 4 -> "  // " + name + " " + words.word() + " " + words.word() + " " + words.word();
      case 5 -> "  exports." + name + " = function " + words.word() + "(" + words.word() + ") {";
      case 6 -> "    this." + name + " = " + random.nextInt(1000) + ";";
      default -> "    " + name + "." + words.word() + "(" + words.word() + ", '" + name + "');";
    };
  }
}
