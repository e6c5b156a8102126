package io.diffkeeper.engine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * containerd. Its settings may import others, but until 1.7 an imported table of the CRI takes the
 * place of the whole one: what the operator has set there would be lost. So our tables go to the
 * end of the main file, and into one of their own only from version 3 of the format on (containerd
 * 2).
 */
final class Containerd implements Engine {
  private static final String OLD_CRI = "io.containerd.grpc.v1.cri";
  private static final String NEW_CRI = "io.containerd.cri.v1.runtime";
  private static final String RUNC = "io.containerd.runc.v2";
  private static final String DROP_IN = "conf.d/50-diffkeeper.toml";
  private static final String ANNOTATIONS = "io.diffkeeper.*";
  private static final Set<String> NOTHING = Set.of("\"\"", "''", "[]", "0", "false", "{}");
  private static final long CHECK_SECONDS_MAX = 20;

  private final Path main;

  Containerd(Path main) {
    this.main = main;
  }

  @Override
  public List<FileEdit> configure(Handler handler) throws IOException {
    String before = FileEdit.read(main);
    String text = before == null ? "" : Marked.removed(before);
    List<String> lines = new ArrayList<>(List.of(text.split("\n", -1)));
    TomlTables tables = new TomlTables(lines);
    String version = tables.value(List.of(), "version");
    if (!text.isBlank() && !Set.of("2", "3").contains(version)) {
      throw FileEdit.bad(
          main, "version 1 of the format: migrate it first (containerd config migrate)");
    }
    List<String> runtimes =
        List.of("plugins", version.equals("3") ? NEW_CRI : OLD_CRI, "containerd", "runtimes");
    if (tables.header(with(runtimes, handler.name())) >= 0) {
      throw FileEdit.bad(main, "has a runtime handler " + handler.name() + " that is not ours");
    }
    List<String> ours = handler(tables, runtimes, handler);
    Path dropIn = main.resolveSibling(DROP_IN);
    if (!handler.makeDefault() && readsDropIns(text, tables)) {
      List<String> all = new ArrayList<>(List.of("version = " + (text.isBlank() ? "2" : "3")));
      all.addAll(ours);
      String file = Marked.append("", all);
      check(file);
      return List.of(
          new FileEdit(main, before, before == null ? null : text),
          new FileEdit(dropIn, FileEdit.read(dropIn), file));
    }
    if (text.isBlank()) {
      ours.add(0, "version = 2");
    }
    List<String> above = runtimes.subList(0, runtimes.size() - 1);
    if (handler.makeDefault()) {
      text = makeDefault(lines, tables, above, handler.name(), ours);
    }
    String after = Marked.append(text, ours);
    check(after);
    return List.of(new FileEdit(main, before, after));
  }

  private static List<String> with(List<String> table, String... more) {
    List<String> all = new ArrayList<>(table);
    all.addAll(List.of(more));
    return all;
  }

  /** The handler's table: as that of runc is, which may use systemd's cgroups, for example. */
  private static List<String> handler(TomlTables tables, List<String> runtimes, Handler handler) {
    List<String> model = with(runtimes, "runc");
    Map<String, String> pairs = set(tables, model);
    pairs.putIfAbsent("runtime_type", "\"" + RUNC + "\"");
    String passed = pairs.getOrDefault("pod_annotations", "[]");
    String rest = passed.substring(1, passed.length() - 1).strip();
    rest = rest.endsWith(",") ? rest.substring(0, rest.length() - 1) : rest;
    pairs.put(
        "pod_annotations", "[\"" + ANNOTATIONS + "\"" + (rest.isEmpty() ? "" : ", " + rest) + "]");
    Map<String, String> options = set(tables, with(model, "options"));
    options.put("BinaryName", "\"" + handler.program() + "\"");
    List<String> lines = new ArrayList<>();
    table(lines, with(runtimes, handler.name()), pairs);
    table(lines, with(runtimes, handler.name(), "options"), options);
    return lines;
  }

  /** What a table sets to anything but nothing. */
  private static Map<String, String> set(TomlTables tables, List<String> table) {
    Map<String, String> set = new LinkedHashMap<>();
    tables.pairs(table).forEach((key, pair) -> set.put(key, pair.value()));
    set.values().removeIf(NOTHING::contains);
    return set;
  }

  private static void table(List<String> lines, List<String> path, Map<String, String> pairs) {
    lines.add(
        "[plugins.\"" + path.get(1) + "\"." + String.join(".", path.subList(2, path.size())) + "]");
    pairs.forEach((key, value) -> lines.add("  " + key + " = " + value));
  }

  /** The text whose default is ours; what needs a table of its own is added to ours. */
  private static String makeDefault(
      List<String> lines, TomlTables tables, List<String> table, String name, List<String> ours) {
    String line = "default_runtime_name = \"" + name + "\"";
    TomlTables.Pair pair = tables.pairs(table).get("default_runtime_name");
    int header = tables.header(table);
    if (pair != null) {
      List<String> instead = Marked.lines(lines.get(pair.line()), List.of(line));
      lines.remove(pair.line());
      lines.addAll(pair.line(), instead);
    } else if (header >= 0) {
      lines.addAll(header + 1, Marked.lines(List.of(line)));
    } else {
      table(ours, table, Map.of("default_runtime_name", "\"" + name + "\""));
    }
    return String.join("\n", lines);
  }

  /** Whether what is in the folder beside the main file adds to it. */
  private boolean readsDropIns(String text, TomlTables tables) {
    String pattern = main.resolveSibling("conf.d/*.toml").toString();
    if (!text.isBlank()) {
      return tables.value(List.of(), "version").equals("3")
          && tables.value(List.of(), "imports").contains(pattern);
    }
    String defaults = run("config", "default");
    return defaults != null && defaults.contains(pattern);
  }

  /** Has containerd read the settings, if it is there. */
  private void check(String text) throws IOException {
    Path file = Files.createTempFile("diffkeeper", ".toml");
    try {
      Files.writeString(file, text);
      String said = run("--config", file.toString(), "config", "dump");
      if (said == null) {
        throw FileEdit.bad(
            main, "containerd would not take it with our tables; nothing was changed");
      }
    } finally {
      Files.deleteIfExists(file);
    }
  }

  /** What containerd prints; empty if there is none, null if it fails. */
  private static String run(String... words) {
    List<String> command = new ArrayList<>(List.of("containerd"));
    command.addAll(List.of(words));
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      process.getOutputStream().close();
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(CHECK_SECONDS_MAX, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return "";
      }
      return process.exitValue() == 0 ? out : null;
    } catch (IOException notThere) {
      return "";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    }
  }

  @Override
  public List<FileEdit> unconfigure() throws IOException {
    String before = FileEdit.read(main);
    String after = before == null ? null : Marked.removed(before);
    Path dropIn = main.resolveSibling(DROP_IN);
    boolean created =
        after != null
            && after.isEmpty()
            && !before.isEmpty()
            && !Files.exists(FileEdit.backup(main));
    return List.of(
        new FileEdit(main, before, created ? null : after),
        new FileEdit(dropIn, FileEdit.read(dropIn), null));
  }

  @Override
  public String afterwards() {
    return "restart containerd (systemctl restart containerd): containers go on meanwhile";
  }
}
