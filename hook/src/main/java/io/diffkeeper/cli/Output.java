package io.diffkeeper.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.diffkeeper.Printable;
import io.diffkeeper.store.Author;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What commands print: a table for people, or an array of objects in JSON for programs. Rows are
 * not held: JSON is written row by row, a table once it is known how wide its columns are.
 */
final class Output {
  private static final String NOTHING = "-";
  private static final int ID_CHARS = 12;

  /** Columns are as wide as the first so many rows want them; later cells may widen them. */
  static final int ALIGNED_ROWS_MAX = 1000;

  /** What is longer is not aligned, so that one long name does not make every row as long. */
  static final int ALIGNED_CHARS_MAX = 100;

  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB"};

  private final PrintWriter to;
  private final boolean json;
  private final List<String> columns;
  private final int[] widths;
  private final List<String[]> waiting = new ArrayList<>();
  private JsonGenerator generator;
  private boolean aligned;

  /** Starts an output; a column's title in lower case is its JSON key. */
  Output(PrintWriter to, boolean json, String... columns) {
    this.to = to;
    this.json = json;
    this.columns = List.of(columns);
    this.widths = new int[columns.length];
    if (!json) {
      wait(columns);
    }
  }

  /** Adds a row: strings, numbers, booleans, instants, {@link Size}s, authors, lists, or null. */
  void row(Object... cells) {
    if (json) {
      write(cells);
      return;
    }
    wait(texts(cells));
    if (aligned || waiting.size() > ALIGNED_ROWS_MAX) {
      align();
    }
  }

  /** Tells that there are no more rows. */
  void end() {
    if (json) {
      try (JsonGenerator last = generator()) {
        last.writeEndArray();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      to.println();
    } else {
      align();
    }
    to.flush();
  }

  /** A number of bytes, shown with a unit. */
  record Size(long bytes) {
    @Override
    public String toString() {
      double value = bytes;
      int unit = 0;
      while (value >= 1024 && unit < UNITS.length - 1) {
        value /= 1024;
        unit++;
      }
      return unit == 0 ? bytes + " B" : decimal(value) + " " + UNITS[unit];
    }
  }

  /** So many times as much. */
  record Ratio(double times) {
    @Override
    public String toString() {
      return decimal(times) + "x";
    }
  }

  /** A span of time, shown with a unit; milliseconds in JSON. */
  record Millis(long millis) {
    private static final long SECOND = 1000;
    private static final long MINUTE = 60 * SECOND;
    private static final long HOUR = 60 * MINUTE;
    private static final long DAY = 24 * HOUR;

    @Override
    public String toString() {
      if (millis < SECOND) {
        return millis + " ms";
      }
      if (millis < MINUTE) {
        return decimal((double) millis / SECOND) + " s";
      }
      if (millis < HOUR) {
        return millis / MINUTE + "m" + millis % MINUTE / SECOND + "s";
      }
      return millis < DAY
          ? millis / HOUR + "h" + millis % HOUR / MINUTE + "m"
          : millis / DAY + "d" + millis % DAY / HOUR + "h";
    }
  }

  /** So many a second, or percent: with one decimal. */
  record Rate(double value) {
    @Override
    public String toString() {
      return decimal(value);
    }
  }

  /** With one decimal. Put together by hand, as times are: a process's first format takes 8 ms. */
  private static String decimal(double value) {
    long tenths = Math.round(Math.abs(value) * 10);
    return (value < 0 && tenths > 0 ? "-" : "") + tenths / 10 + "." + tenths % 10;
  }

  private static String local(Instant instant) {
    LocalDateTime time = LocalDateTime.ofInstant(instant, ZoneId.systemDefault());
    String day = time.toLocalDate() + " " + twoDigits(time.getHour());
    return day + ":" + twoDigits(time.getMinute()) + ":" + twoDigits(time.getSecond());
  }

  private static String twoDigits(int number) {
    return (number < 10 ? "0" : "") + number;
  }

  /** A container's id as people know it. */
  static String abbreviated(String container) {
    return container.substring(0, Math.min(ID_CHARS, container.length()));
  }

  /** Nothing is printed before the first row, as a command that fails by then prints nothing. */
  private JsonGenerator generator() throws IOException {
    if (generator == null) {
      generator = new JsonFactory().createGenerator(to);
      generator.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
      generator.useDefaultPrettyPrinter();
      generator.writeStartArray();
    }
    return generator;
  }

  private void write(Object[] row) {
    try {
      generator().writeStartObject();
      for (int i = 0; i < row.length; i++) {
        generator.writeFieldName(columns.get(i).toLowerCase(Locale.ROOT).replace(' ', '_'));
        write(generator, row[i]);
      }
      generator.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void write(JsonGenerator generator, Object cell) throws IOException {
    if (cell instanceof Size size) {
      generator.writeNumber(size.bytes());
    } else if (cell instanceof Ratio ratio) {
      generator.writeNumber(ratio.times());
    } else if (cell instanceof Millis span) {
      generator.writeNumber(span.millis());
    } else if (cell instanceof Rate rate) {
      generator.writeNumber(rate.value());
    } else if (cell instanceof Number number) {
      generator.writeNumber(number.longValue());
    } else if (cell instanceof Boolean bool) {
      generator.writeBoolean(bool);
    } else if (cell instanceof Author author) {
      generator.writeStartObject();
      generator.writeStringField("name", author.name());
      generator.writeNumberField("pid", author.pid());
      generator.writeBooleanField("certain", author.certain());
      generator.writeEndObject();
    } else if (cell instanceof List<?> list) {
      generator.writeStartArray();
      for (Object each : list) {
        write(generator, each);
      }
      generator.writeEndArray();
    } else if (cell == null) {
      generator.writeNull();
    } else {
      generator.writeString(cell.toString());
    }
  }

  private void wait(String[] line) {
    for (int i = 0; i < line.length; i++) {
      widths[i] = Math.max(widths[i], Math.min(line[i].length(), ALIGNED_CHARS_MAX));
    }
    waiting.add(line);
  }

  /** Prints what waits. */
  private void align() {
    for (String[] line : waiting) {
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < line.length; i++) {
        text.append(line[i]);
        if (i < line.length - 1) {
          text.append(" ".repeat(Math.max(0, widths[i] - line[i].length()) + 2));
        }
      }
      to.println(aligned ? text : Screen.out().heading(text.toString()));
      aligned = true;
    }
    waiting.clear();
  }

  private static String text(Object cell) {
    String text = cell instanceof Instant time ? local(time) : String.valueOf(cell);
    return cell == null || text.isEmpty() ? NOTHING : Printable.of(text);
  }

  private static String[] texts(Object[] row) {
    String[] texts = new String[row.length];
    for (int i = 0; i < row.length; i++) {
      texts[i] = text(row[i]);
    }
    return texts;
  }
}
