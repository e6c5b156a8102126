package io.diffkeeper.config;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.Quantity;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Reads a TOML file whose keys all stand at the top and whose values are strings, integers and
 * booleans on one line, which is all that a configuration of ours can have.
 *
 * <p>The rest of TOML (tables, arrays, floats, dates, strings over many lines) could only be an
 * unknown key or a wrong type, and is refused with its line. What is accepted means what it means
 * in TOML 1.0. A general parser would cost every start more than all else that it does.
 */
final class TomlFile {
  /** Longest file that is read, in bytes. */
  static final int BYTES_MAX = 1 << 20;

  /** The type that a value is written with. */
  enum Type {
    STRING,
    INTEGER,
    BOOLEAN
  }

  /**
   * One {@code key = value}.
   *
   * @param line its line, from 1
   * @param value a string's characters, an integer's digits with their minus, or a boolean
   */
  record Pair(int line, String key, Type type, String value) {}

  private final Path file;
  private int lineNumber;
  private String line = "";
  private int at;

  private TomlFile(Path file) {
    this.file = file;
  }

  /**
   * Reads a file.
   *
   * @throws NoSuchFileException if there is none
   * @throws DiffKeeperException ({@code BAD_INPUT}) if it cannot be read or is malformed
   */
  static List<Pair> read(Path file) throws NoSuchFileException {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(BYTES_MAX + 1);
    } catch (NoSuchFileException missing) {
      throw missing;
    } catch (IOException unreadable) {
      throw new DiffKeeperException(
          ExitCode.BAD_INPUT, file + ": cannot be read: " + unreadable.getMessage(), unreadable);
    }
    return parse(file, bytes);
  }

  /** Reads a file's bytes; {@code file} is for messages. */
  static List<Pair> parse(Path file, byte[] bytes) {
    if (bytes.length > BYTES_MAX) {
      throw new DiffKeeperException(
          ExitCode.BAD_INPUT, file + ": larger than " + BYTES_MAX + " bytes");
    }
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return new TomlFile(file).pairs(text);
    } catch (CharacterCodingException notUtf8) {
      throw new DiffKeeperException(ExitCode.BAD_INPUT, file + ": not utf-8", notUtf8);
    }
  }

  /** A message with file and line. */
  static DiffKeeperException bad(Path file, int line, String message) {
    return new DiffKeeperException(ExitCode.BAD_INPUT, file + ":" + line + ": " + message);
  }

  private List<Pair> pairs(String text) {
    List<Pair> pairs = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    // A carriage return counts as part of a line's end only with its newline.
    for (String each : text.split("\r?\n", -1)) {
      lineNumber++;
      line = each;
      at = 0;
      blanks();
      if (!atEnd()) {
        Pair pair = pair();
        if (!seen.add(pair.key)) {
          throw bad("key " + Quantity.shown(pair.key) + " is there twice");
        }
        pairs.add(pair);
      }
    }
    return pairs;
  }

  private Pair pair() {
    String key = key();
    blanks();
    if (!take('=')) {
      throw bad("unknown key " + Quantity.shown(key) + " or no '=' behind it");
    }
    blanks();
    Pair pair;
    if (at < line.length() && (line.charAt(at) == '"' || line.charAt(at) == '\'')) {
      pair = new Pair(lineNumber, key, Type.STRING, string());
    } else {
      pair = bare(key);
    }
    blanks();
    if (!atEnd()) {
      throw bad("text behind the value of key " + Quantity.shown(key));
    }
    return pair;
  }

  private String key() {
    char c = line.charAt(at);
    if (c == '"' || c == '\'') {
      return string();
    }
    String key = word();
    if (key.isEmpty()) {
      throw bad("unknown key or table: " + Quantity.shown(line));
    }
    return key;
  }

  private Pair bare(String key) {
    int start = at;
    while (at < line.length() && " \t#".indexOf(line.charAt(at)) < 0) {
      at++;
    }
    String word = line.substring(start, at);
    if (word.equals("true") || word.equals("false")) {
      return new Pair(lineNumber, key, Type.BOOLEAN, word);
    }
    if (word.matches("[+-]?(0|[1-9](_?[0-9])*)")) {
      String digits = word.replace("_", "").replace("+", "");
      return new Pair(lineNumber, key, Type.INTEGER, digits.equals("-0") ? "0" : digits);
    }
    throw bad(
        "key "
            + Quantity.shown(key)
            + ": not a string, integer or boolean: "
            + Quantity.shown(word));
  }

  private String word() {
    int start = at;
    while (at < line.length() && isBare(line.charAt(at))) {
      at++;
    }
    return line.substring(start, at);
  }

  private static boolean isBare(char c) {
    return c < 128 && (Character.isLetterOrDigit(c) || c == '_' || c == '-');
  }

  private String string() {
    char quote = line.charAt(at++);
    if (line.startsWith(String.valueOf(quote).repeat(2), at)) {
      throw bad("a string over several lines");
    }
    StringBuilder text = new StringBuilder();
    while (!take(quote)) {
      if (at == line.length()) {
        throw bad("string without its closing quote");
      }
      char c = line.charAt(at++);
      if (isControl(c)) {
        throw bad("control character");
      }
      if (c == '\\' && quote == '"') {
        escape(text);
      } else {
        text.append(c);
      }
    }
    return text.toString();
  }

  private void escape(StringBuilder text) {
    char c = at < line.length() ? line.charAt(at++) : ' ';
    switch (c) {
      case 'b' -> text.append('\b');
      case 't' -> text.append('\t');
      case 'n' -> text.append('\n');
      case 'f' -> text.append('\f');
      case 'r' -> text.append('\r');
      case '"', '\\' -> text.append(c);
      case 'u' -> text.appendCodePoint(codePoint(4));
      case 'U' -> text.appendCodePoint(codePoint(8));
      default -> throw bad("unknown escape in a string");
    }
  }

  private int codePoint(int digits) {
    String hex = line.substring(at, Math.min(at + digits, line.length()));
    if (!hex.matches("[0-9A-Fa-f]{" + digits + "}")) {
      throw bad("unknown escape in a string");
    }
    at += digits;
    long value = Long.parseLong(hex, 16);
    if (value > Character.MAX_CODE_POINT || (value >= 0xd800 && value <= 0xdfff)) {
      throw bad("escape of no character");
    }
    return (int) value;
  }

  private void blanks() {
    while (at < line.length() && (line.charAt(at) == ' ' || line.charAt(at) == '\t')) {
      at++;
    }
  }

  /** Whether nothing but a comment follows. */
  private boolean atEnd() {
    if (at == line.length()) {
      return true;
    }
    if (line.charAt(at) != '#') {
      return false;
    }
    if (line.chars().skip(at).anyMatch(c -> isControl((char) c))) {
      throw bad("control character");
    }
    return true;
  }

  private boolean take(char c) {
    boolean there = at < line.length() && line.charAt(at) == c;
    at += there ? 1 : 0;
    return there;
  }

  private static boolean isControl(char c) {
    return (c < ' ' && c != '\t') || c == 127;
  }

  private DiffKeeperException bad(String message) {
    return bad(file, lineNumber, message);
  }
}
