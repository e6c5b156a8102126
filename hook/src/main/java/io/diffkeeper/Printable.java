package io.diffkeeper;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * Text of others as it may be put before people: nothing in it steers a terminal, ends a line, or
 * hides what it is.
 */
public final class Printable {
  private Printable() {}

  /** Whether a code point shows as itself: no control, no invisible or reordering character. */
  public static boolean is(int codePoint) {
    if (codePoint < 0x7f) {
      return codePoint >= ' ';
    }
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.UNASSIGNED ->
          false;
      default -> true;
    };
  }

  /** The text with each byte of what does not show as itself, in UTF-8, as {@code \xNN}. */
  public static String of(String text) {
    int plain = 0;
    while (plain < text.length() && is(text.codePointAt(plain))) {
      plain += Character.charCount(text.codePointAt(plain));
    }
    if (plain == text.length()) {
      return text;
    }
    StringBuilder shown = new StringBuilder(text.length()).append(text, 0, plain);
    for (int at = plain; at < text.length(); at += Character.charCount(text.codePointAt(at))) {
      append(shown, text.codePointAt(at));
    }
    return shown.toString();
  }

  private static void append(StringBuilder shown, int codePoint) {
    String character = Character.toString(codePoint);
    if (is(codePoint)) {
      shown.append(character);
      return;
    }
    for (byte b : character.getBytes(StandardCharsets.UTF_8)) {
      shown.append(escaped(b));
    }
  }

  /** A byte that is no printable text. */
  public static String escaped(byte b) {
    return "\\x" + HexFormat.of().toHexDigits(b);
  }
}
