package io.diffkeeper.engine;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/** Docker. Its settings are JSON without comments, so what is ours is known by our program. */
final class Docker implements Engine {
  private static final String RUNTIMES = "runtimes";
  private static final String DEFAULT = "default-runtime";
  private static final String PROGRAM = "/diffkeeper-runtime";
  private static final String EMPTY = "{}\n";

  private final Path file;

  Docker(Path file) {
    this.file = file;
  }

  @Override
  public List<FileEdit> configure(Handler handler) throws IOException {
    String before = FileEdit.read(file);
    try {
      String text = blankAsEmpty(removed(before));
      JsonText runtimes = new JsonText(text, RUNTIMES);
      if (runtimes.exists() && runtimes.member(handler.name()) != null) {
        throw FileEdit.bad(file, "has a runtime " + handler.name() + " that is not ours");
      }
      String program = JsonText.quoted(handler.program().toString());
      text =
          runtimes.exists()
              ? runtimes.with("    ", handler.name(), "{\n      \"path\": " + program + "\n    }")
              : new JsonText(text)
                  .with(
                      "  ",
                      RUNTIMES,
                      "{\n    "
                          + JsonText.quoted(handler.name())
                          + ": {\n      \"path\": "
                          + program
                          + "\n    }\n  }");
      return List.of(
          new FileEdit(file, before, handler.makeDefault() ? makeDefault(text, handler) : text));
    } catch (IOException malformed) {
      throw FileEdit.bad(file, malformed.getMessage());
    }
  }

  private static String blankAsEmpty(String text) {
    return text == null || text.isBlank() ? EMPTY : text;
  }

  private static String makeDefault(String text, Handler handler) throws IOException {
    JsonText all = new JsonText(text);
    JsonText.Member old = all.member(DEFAULT);
    String name = JsonText.quoted(handler.name());
    return old == null ? all.with("  ", DEFAULT, name) : all.with(old, name);
  }

  /** Without our runtimes; the default is what it was before one of them. */
  private String removed(String text) throws IOException {
    if (text == null || text.isBlank()) {
      return text;
    }
    String rest = text;
    for (JsonText.Member each; (each = ours(rest)) != null; ) {
      JsonText.Member isDefault = new JsonText(rest).member(DEFAULT);
      rest = new JsonText(rest, RUNTIMES).without(each);
      if (isDefault != null && each.name().equals(isDefault.text())) {
        JsonText all = new JsonText(rest);
        JsonText.Member now = all.member(DEFAULT);
        String old = oldDefault();
        rest = old == null ? all.without(now) : all.with(now, JsonText.quoted(old));
      }
      JsonText runtimes = new JsonText(rest, RUNTIMES);
      if (runtimes.members().isEmpty() && !hadRuntimes()) {
        JsonText all = new JsonText(rest);
        rest = all.without(all.member(RUNTIMES));
      }
    }
    return rest;
  }

  private static JsonText.Member ours(String text) throws IOException {
    for (JsonText.Member each : new JsonText(text, RUNTIMES).members()) {
      JsonText.Member path = new JsonText(text, RUNTIMES, each.name()).member("path");
      if (path != null && path.text() != null && path.text().endsWith(PROGRAM)) {
        return each;
      }
    }
    return null;
  }

  private String oldDefault() throws IOException {
    String old = FileEdit.read(FileEdit.backup(file));
    JsonText.Member value = old == null ? null : new JsonText(blankAsEmpty(old)).member(DEFAULT);
    return value == null ? null : value.text();
  }

  private boolean hadRuntimes() throws IOException {
    String old = FileEdit.read(FileEdit.backup(file));
    return old != null && new JsonText(blankAsEmpty(old), RUNTIMES).exists();
  }

  @Override
  public List<FileEdit> unconfigure() throws IOException {
    String before = FileEdit.read(file);
    String old = FileEdit.read(FileEdit.backup(file));
    try {
      String after = removed(before);
      if (old != null && (sameMembers(old, after) || isEmpty(old) && isEmpty(after))) {
        after = old; // blanks included
      } else if (old == null && !Objects.equals(before, after) && isEmpty(after)) {
        after = null; // we made it
      }
      return List.of(new FileEdit(file, before, after));
    } catch (IOException malformed) {
      throw FileEdit.bad(file, malformed.getMessage());
    }
  }

  private static boolean isEmpty(String text) throws IOException {
    return new JsonText(blankAsEmpty(text)).members().isEmpty();
  }

  private static boolean sameMembers(String one, String other) {
    return other != null && one.replaceAll("\\s+", "").equals(other.replaceAll("\\s+", ""));
  }

  @Override
  public String afterwards() {
    return "have Docker read it (systemctl reload docker), then: docker run --runtime NAME --annotation …";
  }
}
