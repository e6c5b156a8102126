package io.diffkeeper.keeper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A small tree in a line: {@code f=content g=content:600 d/ e/:700 l->target}. Parents come by
 * themselves; "-" is the empty tree.
 */
final class Sketch {
  private static final FileTime BUILT = FileTime.from(Instant.parse("2020-02-02T02:02:02Z"));
  private static final String FILE_MODE = "644";
  private static final String DIRECTORY_MODE = "755";

  private final Map<String, String> entries = new TreeMap<>();

  private Sketch(String text) {
    for (String word : text.strip().split("\\s+")) {
      if (!word.equals("-")) {
        int end = word.contains("->") ? word.indexOf("->") : word.indexOf('=');
        end = end < 0 ? word.lastIndexOf('/') : end;
        String path = word.substring(0, end);
        for (Path p = Path.of(path).getParent(); p != null; p = p.getParent()) {
          entries.putIfAbsent(p.toString(), "/");
        }
        entries.put(path, word.substring(end));
      }
    }
  }

  /** Makes the tree of an image: everything has the same, old times. */
  static void image(Path tree, String text) throws IOException {
    change(tree, text);
    try (Stream<Path> all = Files.walk(tree)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.getFileAttributeView(path, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
            .setTimes(BUILT, null, null);
      }
    }
  }

  /** Turns a tree into another one; what is the same is not touched. */
  static void change(Path tree, String text) throws IOException {
    Sketch wanted = new Sketch(text);
    Map<String, String> present = new Sketch(of(tree)).entries;
    List<String> gone = new ArrayList<>(present.keySet());
    for (int i = gone.size() - 1; i >= 0; i--) {
      String path = gone.get(i);
      String other = wanted.entries.get(path);
      if (other == null || kind(other) != kind(present.get(path)) || kind(other) == '-') {
        if (!present.get(path).equals(other)) {
          Files.delete(tree.resolve(path));
          present.remove(path);
        }
      }
    }
    for (var entry : wanted.entries.entrySet()) {
      String before = present.get(entry.getKey());
      if (!entry.getValue().equals(before)) {
        make(tree.resolve(entry.getKey()), entry.getValue(), before);
      }
    }
  }

  private static char kind(String value) {
    return value.charAt(0);
  }

  private static String mode(String value, String otherwise) {
    return value.contains(":") ? value.substring(value.indexOf(':') + 1) : otherwise;
  }

  private static String content(String value) {
    return value.split(":")[0].substring(1);
  }

  private static void make(Path path, String value, String before) throws IOException {
    switch (kind(value)) {
      case '-' -> Files.createSymbolicLink(path, Path.of(value.substring(2)));
      case '/' -> {
        Files.createDirectories(path);
        chmod(path, mode(value, DIRECTORY_MODE));
      }
      default -> {
        if (before == null || !content(before).equals(content(value))) {
          Files.writeString(path, content(value));
        }
        chmod(path, mode(value, FILE_MODE));
      }
    }
  }

  private static void chmod(Path path, String octal) throws IOException {
    int mode = Integer.parseInt(octal, 8);
    if (((Integer) Files.getAttribute(path, "unix:mode") & 07777) != mode) {
      Files.setAttribute(path, "unix:mode", mode);
    }
  }

  /** The line that describes a tree; directories that hold something and are plain are left out. */
  static String of(Path tree) throws IOException {
    List<String> words = new ArrayList<>();
    try (Stream<Path> all = Files.walk(tree)) {
      for (Path path : all.sorted().filter(p -> !p.equals(tree)).toList()) {
        String name = tree.relativize(path).toString();
        if (Files.isSymbolicLink(path)) {
          words.add(name + "->" + Files.readSymbolicLink(path));
        } else {
          int mode = (Integer) Files.getAttribute(path, "unix:mode") & 07777;
          String octal = Integer.toOctalString(mode);
          if (Files.isDirectory(path)) {
            boolean plain = octal.equals(DIRECTORY_MODE);
            if (!plain || isEmpty(path)) {
              words.add(name + "/" + (plain ? "" : ":" + octal));
            }
          } else {
            String suffix = octal.equals(FILE_MODE) ? "" : ":" + octal;
            words.add(name + "=" + Files.readString(path) + suffix);
          }
        }
      }
    }
    return words.isEmpty() ? "-" : String.join(" ", words);
  }

  private static boolean isEmpty(Path directory) throws IOException {
    try (Stream<Path> list = Files.list(directory)) {
      return list.findAny().isEmpty();
    }
  }
}
