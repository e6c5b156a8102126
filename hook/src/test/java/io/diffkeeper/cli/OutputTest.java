package io.diffkeeper.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tables for people and JSON for programs, as rows come. */
class OutputTest {
  private final StringWriter printed = new StringWriter();

  private Output output(boolean json) {
    return new Output(new PrintWriter(printed), json, "NAME", "BLOCKS CHANGED");
  }

  @Test
  void alignsATable() {
    Output output = output(false);
    output.row("a", 1);
    output.row("long name", null);
    output.end();
    assertEquals("NAME       BLOCKS CHANGED\na          1\nlong name  -\n", printed.toString());
  }

  @Test
  void alignsWhatItHasSeenAndHoldsNoMore() {
    Output output = output(false);
    for (int i = 0; i < Output.ALIGNED_ROWS_MAX; i++) {
      output.row("a", i);
    }
    assertTrue(printed.toString().startsWith("NAME  BLOCKS CHANGED\na     0\n"));
    output.row("long name", 1);
    output.row("a", 2);
    output.end();
    assertTrue(printed.toString().endsWith("\nlong name  1\na          2\n"));
  }

  @Test
  void hasTheTitlesAloneWithoutRows() {
    output(false).end();
    assertEquals("NAME  BLOCKS CHANGED\n", printed.toString());
  }

  @Test
  void writesValuesInJsonAsWhatTheyAre() {
    Output output = output(true);
    assertEquals("", printed.toString());
    output.row(new Output.Size(2048), List.of(1L, 2L));
    output.row("x", null);
    output.end();
    assertEquals(
        "[ { \"name\" : 2048, \"blocks_changed\" : [ 1, 2 ] },"
            + " { \"name\" : \"x\", \"blocks_changed\" : null } ]",
        printed.toString().strip().replaceAll("\\s+", " "));
  }

  @Test
  void writesAnEmptyArrayWithoutRows() {
    output(true).end();
    assertEquals("[ ]\n", printed.toString());
  }
}
