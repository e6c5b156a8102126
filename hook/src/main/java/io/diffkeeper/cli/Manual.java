package io.diffkeeper.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Writes the manual pages and the shells' completions when the product is put together: from the
 * same model that parses the command line, and from the pages in docs, so that they say the same.
 */
final class Manual {
  private static final String NAME = "diffkeeper";
  private static final String RUNTIME = NAME + "-runtime";
  private static final String CONFIGURATION = "configuration of DiffKeeper";
  private static final Pattern TABLE_ROW = Pattern.compile("\\| `([a-z-]+)` \\| (.*) \\| (.*) \\|");
  private static final Pattern KEY = Pattern.compile("#([a-z-]+) = (.*)");

  private final CommandLine root = DiffKeeper.commandLine();
  private final Path docs;

  private Manual(Path docs) {
    this.docs = docs;
  }

  /**
   * Writes everything: {@code Manual DOCS SHARE [MAIN…]}, where SHARE is as /usr/share, and each
   * MAIN the main class of a program that this module does not know.
   */
  public static void main(String[] args) throws IOException, ReflectiveOperationException {
    Path share = Path.of(args[1]);
    new Manual(Path.of(args[0])).write(share);
    for (String main : List.of(args).subList(2, args.length)) {
      CommandLine program = (CommandLine) Class.forName(main).getMethod("commandLine").invoke(null);
      page(share.resolve("man"), program.getCommandName(), 8, services(program));
      new Completions(program, command -> false).write(share);
    }
  }

  private void write(Path share) throws IOException {
    Path man = share.resolve("man");
    page(man, NAME, 1, overview());
    for (CommandLine command : root.getSubcommands().values()) {
      String name = NAME + "-" + command.getCommandName();
      page(man, name, 1, command(name, command.getCommandSpec()));
    }
    page(man, NAME + ".toml", 5, settings("config.toml", NAME + ".toml", 5, CONFIGURATION));
    page(man, RUNTIME, 8, settings("runtime.toml", RUNTIME, 8, "an OCI runtime that adds hooks"));
    page(man, NAME + "-annotations", 7, annotations());
    new Completions(root, Manual::takesState).write(share);
  }

  /** Whether the first argument is a state's name, as are others then versions or paths of it. */
  private static boolean takesState(CommandSpec command) {
    return command.positionalParameters().stream()
        .anyMatch(each -> each.index().min() == 0 && each.paramLabel().startsWith("NAME"));
  }

  private static void page(Path man, String name, int section, ManPage page) throws IOException {
    file(man.resolve("man" + section).resolve(name + "." + section), page.toString());
  }

  static void file(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  // --- commands ----------------------------------------------------------------------------------

  static String summary(CommandSpec command) {
    String first = String.join(" ", command.usageMessage().description()[0]);
    return first.endsWith(".") ? first.substring(0, first.length() - 1) : first;
  }

  private ManPage overview() {
    CommandSpec spec = root.getCommandSpec();
    ManPage page = new ManPage(NAME, 1, summary(spec));
    page.section("SYNOPSIS").paragraph(NAME + " COMMAND [OPTION...] [ARGUMENT...]");
    page.section("DESCRIPTION");
    page.paragraph(
        "DiffKeeper keeps what containers write to chosen directories, as versions in a store on"
            + " the node, and replays them into the next container of the same name. The"
            + " annotations that opt a container in are in diffkeeper-annotations(7). This command"
            + " looks into the store, talks to running keepers, and supervises commands without any"
            + " container runtime.");
    page.section("COMMANDS");
    for (CommandLine command : root.getSubcommands().values()) {
      page.item(NAME + "-" + command.getCommandName() + "(1)", summary(command.getCommandSpec()));
    }
    page.section("VERSIONS");
    page.paragraph("A state's version is written NAME@V, where V is");
    page.item("7", "the version of that number");
    page.item("latest", "the newest one, which is also meant where there is no @V");
    page.item("base", "what the image had");
    page.item("~2", "the second before the newest one");
    page.item("-5m, 2026-11-22T10:00:00Z", "the newest one at that time");
    page.item("2026-11-22 10:00:00", "the same in local time, as tables show it; or a part of it");
    page.item("+2m14s", "the newest one so long after the first one");
    page.item("run1", "the last one of a recorded run, see diffkeeper-run(1)");
    page.item("run1+10s", "the newest one of that run so long after its start");
    page.section("EXIT STATUS");
    spec.usageMessage().exitCodeList().forEach((code, what) -> page.item(code.strip(), what));
    page.paragraph(
        "'run' ends with its command's code. 141: nobody reads the output any more, as in 'diffkeeper"
            + " export web --out - | head -c 9'.");
    page.section("ENVIRONMENT");
    page.item(
        "DIFFKEEPER_KEY",
        "Overrides KEY of diffkeeper.toml(5), in capitals and with underscores:"
            + " DIFFKEEPER_LOCK_WAIT=1m.");
    page.item("DIFFKEEPER_DEBUG", "If set, internal errors are printed with their stack trace.");
    page.item("NO_COLOR", "If set, nothing is printed in colours.");
    page.section("FILES");
    page.item("/etc/diffkeeper/config.toml, /etc/diffkeeper/config.d/*.toml", "diffkeeper.toml(5)");
    page.item("/var/lib/diffkeeper/store", "The store; $XDG_DATA_HOME/diffkeeper/store for users.");
    page.item("/run/diffkeeper", "The run directory; $XDG_RUNTIME_DIR/diffkeeper for users.");
    page.section("SEE ALSO").paragraph("diffkeeper.toml(5), diffkeeper-annotations(7)");
    return page;
  }

  private ManPage command(String name, CommandSpec command) {
    ManPage page = new ManPage(name, 1, summary(command));
    page.section("SYNOPSIS").paragraph(synopsis(command));
    page.section("DESCRIPTION");
    for (String line : command.usageMessage().description()) {
      page.paragraph(line);
    }
    page.section("OPTIONS");
    options(page, command);
    page.section("EXAMPLES").verbatim(List.of(command.usageMessage().footer()));
    page.section("EXIT STATUS").paragraph("See diffkeeper(1).");
    return page;
  }

  /** A page on a program whose commands are services, with all of them. */
  private static ManPage services(CommandLine program) {
    CommandSpec spec = program.getCommandSpec();
    ManPage page = new ManPage(spec.name(), 8, summary(spec));
    page.section("SYNOPSIS");
    program.getSubcommands().values().forEach(c -> page.paragraph(synopsis(c.getCommandSpec())));
    for (CommandLine command : program.getSubcommands().values()) {
      CommandSpec service = command.getCommandSpec();
      page.section(service.name().toUpperCase(Locale.ROOT));
      for (String line : service.usageMessage().description()) {
        page.paragraph(line);
      }
      options(page, service);
    }
    page.section("EXIT STATUS").paragraph("See diffkeeper(1).");
    page.section("SEE ALSO").paragraph("diffkeeper(1), diffkeeper-annotations(7)");
    return page;
  }

  private static String synopsis(CommandSpec command) {
    return command.commandLine().getHelp().synopsis(0).strip().replaceAll("\\s+", " ");
  }

  private static void options(ManPage page, CommandSpec command) {
    command.positionalParameters().forEach(each -> page.item(each.paramLabel(), described(each)));
    for (OptionSpec option : command.options()) {
      String value = option.arity().max() > 0 ? "=" + option.paramLabel() : "";
      page.item(String.join(", ", option.names()) + value, described(option));
    }
  }

  static String[] described(ArgSpec argument) {
    List<String> texts = new ArrayList<>();
    for (String line : argument.description()) {
      texts.add(line.replace("${COMPLETION-CANDIDATES}", candidates(argument)));
    }
    return texts.toArray(String[]::new);
  }

  static String candidates(ArgSpec argument) {
    List<String> all = new ArrayList<>();
    if (argument.completionCandidates() != null) {
      argument.completionCandidates().forEach(each -> all.add(each.toLowerCase(Locale.ROOT)));
    }
    return String.join(", ", all);
  }

  // --- from docs ---------------------------------------------------------------------------------

  /** From a file of settings: comments, then the keys that they are about. */
  private ManPage settings(String file, String name, int section, String title) throws IOException {
    ManPage page = new ManPage(name, section, title);
    page.section("DESCRIPTION");
    List<String> about = new ArrayList<>();
    List<String> keys = new ArrayList<>();
    boolean options = false;
    for (String line : Files.readAllLines(docs.resolve(file))) {
      if (KEY.matcher(line).matches()) {
        keys.add(line.substring(1));
      } else if (line.startsWith("#")) {
        about.add(line.substring(1).strip());
      }
      if (line.isBlank() || line.equals("#")) {
        options |= !keys.isEmpty();
        flush(page, about, keys, options);
      }
    }
    flush(page, about, keys, true);
    return page;
  }

  private static void flush(ManPage page, List<String> about, List<String> keys, boolean option) {
    String text = String.join(" ", about).strip();
    if (!keys.isEmpty()) {
      page.item(String.join(", ", keys), text);
    } else if (!text.isEmpty() && !option) {
      page.paragraph(text);
    }
    about.clear();
    keys.clear();
  }

  /** From the table in annotations.md. */
  private ManPage annotations() throws IOException {
    ManPage page = new ManPage(NAME + "-annotations", 7, "annotations that opt a container in");
    page.section("DESCRIPTION");
    for (String line : Files.readAllLines(docs.resolve("annotations.md"))) {
      Matcher row = TABLE_ROW.matcher(line);
      if (row.matches()) {
        page.item("io.diffkeeper." + row.group(1), plain(row.group(2)) + defaults(row.group(3)));
      } else if (!line.startsWith("|") && !line.startsWith("#") && !line.isBlank()) {
        page.paragraph(plain(line));
      }
    }
    return page;
  }

  private static String defaults(String text) {
    return text.equals("–") ? "." : "; by default " + plain(text) + ".";
  }

  private static String plain(String markdown) {
    return markdown.replace("`", "").replace("**", "").replace("\\|", "|");
  }
}
