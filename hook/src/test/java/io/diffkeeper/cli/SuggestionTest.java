package io.diffkeeper.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is suggested to who mistypes. */
class SuggestionTest {
  private static String suggested(String word) {
    return Suggestion.of(word, Stream.of("ls", "log", "timeline", "diff", "verify", "--json"));
  }

  @Test
  void countsSlipsOfEachKind() {
    assertEquals(0, Suggestion.slips("diff", "diff"));
    assertEquals(1, Suggestion.slips("dif", "diff"));
    assertEquals(1, Suggestion.slips("difff", "diff"));
    assertEquals(1, Suggestion.slips("doff", "diff"));
    assertEquals(1, Suggestion.slips("idff", "diff"));
    assertEquals(4, Suggestion.slips("", "diff"));
    assertEquals(4, Suggestion.slips("diff", "")); // and it does not matter from where
  }

  @Test
  void suggestsTheNearestWordOnly() {
    assertEquals(", did you mean 'timeline'?", suggested("tmieline"));
    assertEquals(", did you mean 'verify'?", suggested("verfy"));
    assertEquals(", did you mean 'timeline'?", suggested("time"));
    assertEquals(", did you mean '--json'?", suggested("--jsno"));
    assertEquals("", suggested("checkout"));
    assertEquals("", suggested("x"));
    assertEquals("", suggested(""));
  }
}
