package io.diffkeeper.engine;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the tables of a TOML text are, and the keys in them, line by line: enough to edit it
 * without writing it anew. Keys in dotted form and inline tables are not looked into.
 */
final class TomlTables {
  private static final Pattern HEADER = Pattern.compile("\\s*\\[([^\\[\\]]+)\\]\\s*(?:#.*)?");
  private static final Pattern PART =
      Pattern.compile("\\s*(?:\"([^\"]*)\"|'([^']*)'|([A-Za-z0-9_-]+))\\s*(?:\\.|$)");
  private static final Pattern PAIR = Pattern.compile("\\s*([A-Za-z0-9_-]+)\\s*=\\s*(.*?)\\s*");

  /** A key's first line, and its value over however many lines, without a comment behind it. */
  record Pair(int line, String value) {}

  private final Map<List<String>, Integer> headers = new LinkedHashMap<>();
  private final Map<List<String>, Map<String, Pair>> pairs = new LinkedHashMap<>();

  TomlTables(List<String> lines) {
    List<String> table = List.of();
    for (int i = 0; i < lines.size(); i++) {
      Matcher header = HEADER.matcher(lines.get(i));
      Matcher pair = PAIR.matcher(lines.get(i));
      if (header.matches()) {
        table = parts(header.group(1));
        headers.putIfAbsent(table, i);
      } else if (pair.matches()) {
        int first = i;
        StringBuilder value = new StringBuilder(bare(pair.group(2)));
        while (isOpen(value) && i + 1 < lines.size()) {
          value.append(' ').append(bare(lines.get(++i)).strip());
        }
        pairs
            .computeIfAbsent(table, each -> new LinkedHashMap<>())
            .putIfAbsent(pair.group(1), new Pair(first, value.toString()));
      }
    }
  }

  private static List<String> parts(String header) {
    List<String> parts = new ArrayList<>();
    Matcher part = PART.matcher(header);
    while (part.lookingAt()) {
      for (int group = 1; group <= part.groupCount(); group++) {
        if (part.group(group) != null) {
          parts.add(part.group(group));
        }
      }
      if (part.hitEnd()) {
        break;
      }
      part.region(part.end(), header.length());
    }
    return List.copyOf(parts);
  }

  /** Without a comment. */
  private static String bare(String text) {
    int quote = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quote == '"' && c == '\\') {
        i++;
      } else if (c == quote) {
        quote = 0;
      } else if (quote == 0 && (c == '"' || c == '\'')) {
        quote = c;
      } else if (quote == 0 && c == '#') {
        return text.substring(0, i).stripTrailing();
      }
    }
    return text;
  }

  /** Whether a list goes on in the next line. */
  private static boolean isOpen(CharSequence value) {
    String outside = value.toString().replaceAll("\"(\\\\.|[^\"\\\\])*\"|'[^']*'", "");
    return outside.chars().filter(c -> c == '[').count()
        > outside.chars().filter(c -> c == ']').count();
  }

  /** The line of a table's header; -1 if it has none. */
  int header(List<String> table) {
    return headers.getOrDefault(table, -1);
  }

  /** The pairs of a table, in their order; the empty path is what comes before all tables. */
  Map<String, Pair> pairs(List<String> table) {
    return pairs.getOrDefault(table, Map.of());
  }

  /** A value as the file has it; or empty. */
  String value(List<String> table, String key) {
    Pair pair = pairs(table).get(key);
    return pair == null ? "" : pair.value();
  }

  /** The text of a string, without its quotes; or empty. */
  String text(List<String> table, String key) {
    String value = value(table, key);
    return value.length() < 2 ? "" : value.substring(1, value.length() - 1);
  }
}
