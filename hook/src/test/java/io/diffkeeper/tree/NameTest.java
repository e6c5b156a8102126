package io.diffkeeper.tree;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** Names as people see them. */
class NameTest {
  @Test
  void showsTextAsItIs() {
    for (String text : new String[] {"a b", "café", "漢字", "\\x41", "👍"}) {
      assertEquals(text, Name.of(text).toString());
    }
  }

  @Test
  void showsTheBytesOfWhatCannotBeSeen() {
    assertEquals("a\\x1b[31m", Name.of("a\033[31m").toString());
    assertEquals("\\x0a\\x7f\\xc2\\x9b", Name.of("\n\u007f\u009b").toString());
    assertEquals("\\xe2\\x80\\xaetxt", Name.of("\u202etxt").toString());
    assertEquals("\\xff\\xc3\\xa9", Name.of(new byte[] {-1, -61, -87}).toString());
  }
}
