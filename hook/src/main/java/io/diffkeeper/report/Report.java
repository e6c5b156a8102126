package io.diffkeeper.report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.diffkeeper.Meter;
import io.diffkeeper.history.Change;
import io.diffkeeper.history.FileView;
import io.diffkeeper.history.Operation;
import io.diffkeeper.history.TextDiff;
import io.diffkeeper.history.Timeline;
import io.diffkeeper.store.Author;
import io.diffkeeper.store.StateName;
import io.diffkeeper.store.Store;
import io.diffkeeper.store.Version;
import io.diffkeeper.store.Versions;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.FileType;
import io.diffkeeper.tree.Name;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;

/** Writes one report. What it holds is bounded; the page says so if something was left out. */
public final class Report {
  /** Most changes in a page; older versions are left out beyond. */
  public static final int CHANGES_MAX = 20_000;

  private static final int DIFFS_CHARS_MAX = 4 << 20;
  private static final int DIFF_LINES_MAX = 400;
  private static final String DATA = "\"DATA\"";

  private final Store store;
  private final StateName state;
  private final FileView view;
  private final JsonGenerator json;
  private final Meter meter;
  private long changes;
  private int diffChars;

  private Report(Store store, StateName state, JsonGenerator json, Meter meter) {
    this.store = store;
    this.state = state;
    this.json = json;
    this.meter = meter;
    this.view = new FileView((file, sink) -> store.read(state, file, sink));
  }

  /**
   * A state's page.
   *
   * @param versionsMax how many of the newest versions are shown
   * @param meter is told how far it is
   */
  public static String of(Store store, StateName state, int versionsMax, Meter meter)
      throws IOException {
    StringWriter data = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(data)) {
      new Report(store, state, json, meter).write(versionsMax);
    }
    // In a script element nothing but its end is special, and that a string may hold.
    String safe = data.toString().replace("<", "\\u003c");
    return page().replace(DATA, safe);
  }

  private static String page() throws IOException {
    try (InputStream in = Report.class.getResourceAsStream("page.html")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private void write(int versionsMax) throws IOException {
    Versions all = new Versions(store, state);
    int left = Math.max(0, all.count() - versionsMax); // out
    long first = all.numbers().get(left);
    meter.expect(all.count() - left);
    long copies = 0;
    for (Version version : all.newestFirst()) {
      copies += version.bytes();
    }
    json.writeStartObject();
    json.writeStringField("state", state.toString());
    json.writeStringField("image", store.state(state).orElseThrow().imageRepository());
    json.writeStringField("made", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    json.writeNumberField("all", all.count());
    json.writeNumberField("copies", copies);
    json.writeNumberField("stored", all.storedBytes());
    json.writeArrayFieldStart("versions");
    new Timeline(store, state).walk(version -> version.number() >= first, this::version);
    json.writeEndArray();
    json.writeBooleanField("full", changes <= CHANGES_MAX && diffChars <= DIFFS_CHARS_MAX);
    json.writeEndObject();
  }

  private void version(Timeline.Step step) {
    Version version = step.version();
    try {
      json.writeStartObject();
      json.writeNumberField("n", version.number());
      json.writeStringField("time", version.time().toString());
      json.writeStringField("cut", version.cut().name().toLowerCase(Locale.ROOT));
      json.writeBooleanField("ended", version.ended());
      if (version.ending().hasExitCode()) {
        json.writeNumberField("exit", version.ending().exitCode());
      }
      json.writeBooleanField("oom", version.ending().outOfMemory());
      json.writeStringField("container", version.origin().containerId());
      json.writeStringField("source", version.eventSource());
      json.writeNumberField("bytes", version.bytes());
      json.writeNumberField("stored", version.storedBytes());
      json.writeArrayFieldStart("changes");
      for (Change change : step.changes()) {
        if (++changes <= CHANGES_MAX) {
          change(change, step.author(change));
        }
      }
      json.writeEndArray();
      json.writeEndObject();
      meter.done(1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void change(Change change, Author author) throws IOException {
    json.writeStartObject();
    json.writeStringField("op", change.operation().toString());
    json.writeStringField("path", change.path().toString());
    if (change.from() != null) {
      json.writeStringField("from", change.from().toString());
    }
    if (author != null) {
      json.writeStringField("process", author.toString());
    }
    size("before", change.before());
    size("after", change.after());
    String diff = diff(change);
    if (diff != null) {
      json.writeStringField("diff", diff);
    }
    json.writeEndObject();
  }

  private void size(String key, Entry entry) throws IOException {
    if (entry != null && entry.type() == FileType.FILE) {
      json.writeNumberField(key, entry.size());
    }
  }

  /** The text's diff; null if it is no text, did not change, or there is no more room. */
  private String diff(Change change) throws IOException {
    boolean content =
        change.operation() == Operation.MODIFY
            || (change.operation() == Operation.CREATE && change.isFile());
    if (!content || diffChars > DIFFS_CHARS_MAX) {
      return null;
    }
    String before = view.text(change.before());
    String after = before == null ? null : view.text(change.after());
    if (after == null) {
      return null;
    }
    Name path = change.path();
    List<String> lines = TextDiff.unified("a" + path, before, "b" + path, after);
    List<String> shown =
        lines.subList(Math.min(2, lines.size()), Math.min(DIFF_LINES_MAX, lines.size()));
    String text = String.join("\n", shown) + (lines.size() > DIFF_LINES_MAX ? "\n…" : "");
    diffChars += text.length();
    return text;
  }
}
