package io.diffkeeper.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.LocalDateTime;
import java.time.ZoneId;
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
  void onlyTheRowOfALongCellIsLong() {
    Output output = output(false);
    String name = "x".repeat(Output.ALIGNED_CHARS_MAX + 1);
    output.row(name, 1);
    output.row("a", 2);
    output.end();
    String blanks = " ".repeat(Output.ALIGNED_CHARS_MAX + 1);
    assertTrue(printed.toString().endsWith("\n" + name + "  1\na" + blanks + "2\n"));
  }

  @Test
  void showsNumbersAndTimesShort() {
    assertEquals("1023 B", new Output.Size(1023).toString());
    assertEquals("1.0 KiB", new Output.Size(1024).toString());
    assertEquals("9.9 MiB", new Output.Size(10_400_000).toString());
    assertEquals("0.1x", new Output.Ratio(0.05).toString());
    assertEquals("12.3 s", new Output.Millis(12_345).toString());
    assertEquals("-1.5", new Output.Rate(-1.5).toString());
    assertEquals("0.0", new Output.Rate(-0.04).toString());
    Output output = output(false);
    output.row(
        LocalDateTime.parse("2026-01-02T03:04:00.5").atZone(ZoneId.systemDefault()).toInstant(),
        null);
    output.end();
    assertTrue(printed.toString().contains("\n2026-01-02 03:04:00  -\n"));
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
