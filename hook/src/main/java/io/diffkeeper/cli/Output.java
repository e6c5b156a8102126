package io.diffkeeper.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.diffkeeper.Printable;
import io.diffkeeper.store.Author;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What commands print: a table for people, or JSON for programs. */
final class Output {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss").withZone(ZoneId.systemDefault());
  private static final String NOTHING = "-";
  private static final int ID_CHARS = 12;
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB"};

  private final List<String> columns;
  private final List<Object[]> rows = new ArrayList<>();

  /** Starts a table; a column's title in lower case is its JSON key. */
  Output(String... columns) {
    this.columns = List.of(columns);
  }

  /** Adds a row: strings, numbers, booleans, instants, {@link Size}s, authors, or null. */
  void row(Object... cells) {
    rows.add(cells);
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
      return unit == 0 ? bytes + " B" : String.format(Locale.ROOT, "%.1f %s", value, UNITS[unit]);
    }
  }

  /** So many times as much. */
  record Ratio(double times) {
    @Override
    public String toString() {
      return String.format(Locale.ROOT, "%.1fx", times);
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
        return String.format(Locale.ROOT, "%.1f s", (double) millis / SECOND);
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
      return String.format(Locale.ROOT, "%.1f", value);
    }
  }

  /** A container's id as people know it. */
  static String abbreviated(String container) {
    return container.substring(0, Math.min(ID_CHARS, container.length()));
  }

  void print(PrintWriter to, boolean json) {
    if (json) {
      to.println(json());
    } else {
      table(to, Screen.out());
    }
    to.flush();
  }

  private String json() {
    StringWriter text = new StringWriter();
    try (JsonGenerator generator = new JsonFactory().createGenerator(text)) {
      generator.useDefaultPrettyPrinter();
      generator.writeStartArray();
      for (Object[] row : rows) {
        generator.writeStartObject();
        for (int i = 0; i < row.length; i++) {
          generator.writeFieldName(columns.get(i).toLowerCase(Locale.ROOT).replace(' ', '_'));
          write(generator, row[i]);
        }
        generator.writeEndObject();
      }
      generator.writeEndArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
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
    } else if (cell == null) {
      generator.writeNull();
    } else {
      generator.writeString(cell.toString());
    }
  }

  private void table(PrintWriter to, Screen screen) {
    int[] widths = new int[columns.size()];
    List<String[]> lines = new ArrayList<>();
    lines.add(columns.toArray(String[]::new));
    rows.forEach(row -> lines.add(texts(row)));
    for (String[] line : lines) {
      for (int i = 0; i < line.length; i++) {
        widths[i] = Math.max(widths[i], line[i].length());
      }
    }
    for (String[] line : lines) {
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < line.length; i++) {
        text.append(line[i]);
        if (i < line.length - 1) {
          text.append(" ".repeat(widths[i] - line[i].length() + 2));
        }
      }
      to.println(line == lines.get(0) ? screen.heading(text.toString()) : text);
    }
  }

  private static String text(Object cell) {
    String text = cell instanceof Instant time ? TIME.format(time) : String.valueOf(cell);
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
