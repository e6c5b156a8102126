package io.diffkeeper.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A manual page while it is written, in the macros of man(7). Text is escaped by the methods. */
final class ManPage {
  private final StringBuilder page = new StringBuilder();

  /**
   * Starts a page.
   *
   * @param section 1 for commands, 5 for files, 7 for the rest
   */
  ManPage(String name, int section, String summary) {
    line(
        ".TH "
            + String.join(
                " ",
                quoted(name.toUpperCase(Locale.ROOT)),
                Integer.toString(section),
                "\"\"",
                quoted("DiffKeeper"),
                quoted("DiffKeeper")));
    section("NAME");
    line(text(name) + " \\- " + text(summary));
  }

  private void line(String line) {
    page.append(line).append('\n');
  }

  private static String quoted(String argument) {
    return '"' + argument.replace("\"", "\"\"") + '"';
  }

  /** A text as roff takes it: no escapes, no dashes of other kinds, no requests at line starts. */
  static String text(String plain) {
    String escaped =
        plain
            .replace("\\", "\\e")
            .replace("-", "\\-")
            .replace("'", "\\(aq")
            .replace("`", "\\(ga")
            .replace("~", "\\(ti")
            .replace("^", "\\(ha")
            .replace("…", "...")
            .replace("–", "\\(en");
    return escaped.startsWith(".") ? "\\&" + escaped : escaped;
  }

  ManPage section(String title) {
    line(".SH " + quoted(title));
    return this;
  }

  ManPage paragraph(String plain) {
    line(".PP");
    line(text(plain));
    return this;
  }

  /** Lines that stay as they are. */
  ManPage verbatim(List<String> lines) {
    line(".PP");
    line(".nf");
    lines.forEach(each -> line(text(each)));
    line(".fi");
    return this;
  }

  /** A term in bold and what it is. */
  ManPage item(String term, String... paragraphs) {
    line(".TP");
    line("\\fB" + text(term) + "\\fR");
    List<String> texts = new ArrayList<>(List.of(paragraphs));
    if (texts.isEmpty()) {
      texts.add("");
    }
    for (int i = 0; i < texts.size(); i++) {
      if (i > 0) {
        line(".br");
      }
      line(text(texts.get(i)));
    }
    return this;
  }

  @Override
  public String toString() {
    return page.toString();
  }
}
