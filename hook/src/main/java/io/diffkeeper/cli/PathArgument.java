package io.diffkeeper.cli;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.tree.Name;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A path in a container as people write it: as it is, or with {@code \xNN} as we print it. */
final class PathArgument {
  private static final Pattern ESCAPE = Pattern.compile("\\\\x([0-9a-f]{2})");

  private PathArgument() {}

  /**
   * What may be meant, the likeliest first: a name may itself have a backslash in it.
   *
   * @throws DiffKeeperException USAGE if it is not absolute
   */
  static List<Name> names(String text) {
    if (!text.startsWith("/")) {
      throw new DiffKeeperException(ExitCode.USAGE, "'" + text + "': paths begin with a slash");
    }
    String path = text.replaceAll("/+", "/").replaceAll("(?<=.)/$", "");
    Name exact = Name.of(path);
    Name read = Name.of(bytes(path));
    return exact.equals(read) ? List.of(exact) : List.of(exact, read);
  }

  private static byte[] bytes(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
    Matcher escape = ESCAPE.matcher(text);
    int from = 0;
    while (escape.find()) {
      bytes.writeBytes(text.substring(from, escape.start()).getBytes(StandardCharsets.UTF_8));
      bytes.write(Integer.parseInt(escape.group(1), 16));
      from = escape.end();
    }
    bytes.writeBytes(text.substring(from).getBytes(StandardCharsets.UTF_8));
    return bytes.toByteArray();
  }
}
