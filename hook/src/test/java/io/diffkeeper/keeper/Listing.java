package io.diffkeeper.keeper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Everything of a tree that a replay restores, as text to compare. */
final class Listing {
  private Listing() {}

  static String of(Path top) throws IOException {
    Map<String, String> lines = new TreeMap<>();
    Map<Object, String> links = new HashMap<>();
    try (Stream<Path> walk = Files.walk(top).sorted()) {
      for (Path path : (Iterable<Path>) walk::iterator) {
        lines.put(top.relativize(path).toString(), line(path, top, links));
      }
    }
    StringBuilder text = new StringBuilder();
    lines.forEach((path, line) -> text.append(path).append(' ').append(line).append('\n'));
    return text.toString();
  }

  private static String line(Path path, Path top, Map<Object, String> links) throws IOException {
    Map<String, Object> attributes =
        Files.readAttributes(
            path, "unix:mode,uid,gid,lastModifiedTime,ino,nlink", LinkOption.NOFOLLOW_LINKS);
    String line =
        Integer.toOctalString((Integer) attributes.get("mode"))
            + " "
            + attributes.get("uid")
            + ":"
            + attributes.get("gid")
            + " "
            + attributes.get("lastModifiedTime");
    if (Files.isSymbolicLink(path)) {
      return line + " -> " + Files.readSymbolicLink(path);
    }
    if (Files.isRegularFile(path)) {
      String first =
          links.computeIfAbsent(attributes.get("ino"), i -> top.relativize(path).toString());
      byte[] content = Files.readAllBytes(path);
      return line + " " + content.length + " #" + Arrays.hashCode(content) + " =" + first;
    }
    return line;
  }
}
