package io.diffkeeper.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.DocumentsTest;
import io.diffkeeper.ExitCode;
import io.diffkeeper.config.Configuration;
import io.diffkeeper.oci.OptIn;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Manual pages, completions and help say what the program does. */
class ManualTest {
  private static final Path DOCS = Path.of("../docs");
  @TempDir static Path share;

  @BeforeAll
  static void write() throws Exception {
    Manual.main(new String[] {DOCS.toString(), share.toString()});
  }

  private static String page(String name, int section) throws Exception {
    return Files.readString(share.resolve("man/man" + section + "/" + name + "." + section));
  }

  private static String run(String... words) throws Exception {
    Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes());
    assertEquals(0, process.waitFor(), () -> String.join(" ", words) + "\n" + out);
    return out;
  }

  @Test
  void aCommandIsNamedAfterItsClass() {
    CommandLine all = DiffKeeper.commandLine();
    assertEquals(DiffKeeper.COMMANDS.size(), all.getSubcommands().size());
    for (Class<?> each : DiffKeeper.COMMANDS) {
      String name = each.getAnnotation(CommandLine.Command.class).name();
      assertEquals(name, DiffKeeper.name(each));
    }
  }

  @Test
  void everyCommandHasAPageWithItsOptionsAndAnExample() throws Exception {
    String overview = page("diffkeeper", 1);
    for (CommandLine command : DiffKeeper.commandLine().getSubcommands().values()) {
      String name = "diffkeeper-" + command.getCommandName();
      String page = page(name, 1);
      assertTrue(overview.contains(ManPage.text(name + "(1)")), name);
      command
          .getCommandSpec()
          .optionsMap()
          .keySet()
          .forEach(option -> assertTrue(page.contains(ManPage.text(option)), name + option));
      String help = command.getUsageMessage();
      assertTrue(help.contains("Examples:\n  ") && help.contains(command.getCommandName()), help);
    }
  }

  @Test
  void exitCodesAreThoseOfTheEnum() {
    var documented = DiffKeeper.commandLine().getCommandSpec().usageMessage().exitCodeList();
    Set<Integer> codes =
        Stream.of(ExitCode.values()).map(ExitCode::code).collect(Collectors.toSet());
    assertEquals(
        new TreeSet<>(codes),
        documented.keySet().stream()
            .map(code -> Integer.parseInt(code.strip()))
            .collect(Collectors.toCollection(TreeSet::new)));
  }

  @Test
  void theConfigurationsPageHasEveryKey() throws Exception {
    String page = page("diffkeeper.toml", 5);
    for (String key : Configuration.keys()) {
      assertTrue(page.contains(ManPage.text(key + " = ")), key);
    }
  }

  @Test
  void theAnnotationsPageHasEveryKey() throws Exception {
    Set<String> found = new TreeSet<>();
    Pattern.compile("\\\\fBio.diffkeeper.([a-z\\\\-]+)\\\\fR")
        .matcher(page("diffkeeper-annotations", 7))
        .results()
        .forEach(each -> found.add(each.group(1).replace("\\", "")));
    assertEquals(new TreeSet<>(OptIn.keys()), found);
  }

  @Test
  void groffTakesEveryPage() throws Exception {
    try (Stream<Path> pages = Files.walk(share.resolve("man"))) {
      for (Path page : pages.filter(Files::isRegularFile).toList()) {
        assertEquals("", run("groff", "-man", "-Tutf8", "-ww", "-z", page.toString()));
      }
    }
  }

  @Test
  void shellsCompleteCommandsAndOptions() throws Exception {
    Path bash = share.resolve("bash-completion/completions/diffkeeper");
    String words =
        run(
            "bash",
            "-c",
            ". \"$0\"; COMP_WORDS=(diffkeeper ti); COMP_CWORD=1;"
                + " COMP_LINE='diffkeeper ti'; COMP_POINT=13; _diffkeeper;"
                + " echo \"${COMPREPLY[@]}\"",
            bash.toString());
    assertTrue(words.contains("timeline"), words);
    Path fish = share.resolve("fish/vendor_completions.d/diffkeeper.fish");
    String script =
        "source " + fish + "; complete -C 'diffkeeper ti'; complete -C 'diffkeeper diff --st'";
    words = run("fish", "--no-config", "-c", script);
    assertTrue(words.contains("timeline") && words.contains("--stat"), words);
    Path zsh = share.resolve("zsh/site-functions/_diffkeeper");
    run("zsh", "-n", zsh.toString());
    assertTrue(Files.readString(zsh).startsWith("#compdef diffkeeper\n"));
  }

  @CommandLine.Command(name = "served", description = "Serves.")
  private static final class Served {
    @CommandLine.Command(name = "listen", description = "Listens.")
    int listen(@CommandLine.Option(names = "--on", description = "An address.") String address) {
      return 0;
    }
  }

  @Test
  void shellsCompleteAProgramThatIsNotAsked() throws Exception {
    new Completions(new CommandLine(new Served()), command -> false).write(share);
    Path bash = share.resolve("bash-completion/completions/served");
    String line = "COMP_WORDS=(served li); COMP_CWORD=1; _complete_served";
    assertEquals(
        "listen\n", run("bash", "-c", ". " + bash + "; " + line + "; echo ${COMPREPLY[@]}"));
    Path fish = share.resolve("fish/vendor_completions.d/served.fish");
    String script = "source " + fish + "; complete -C 'served listen --o'";
    String words = run("fish", "--no-config", "-c", script);
    assertTrue(words.contains("--on"), words);
    run("zsh", "-n", share.resolve("zsh/site-functions/_served").toString());
  }

  @Test
  void whatTakesJsonIsDocumentedAndNothingElse() throws Exception {
    Set<String> documented = new TreeSet<>();
    Pattern.compile("(?m)^\\| `([a-z]+)` \\|")
        .matcher(Files.readString(DOCS.resolve("json.md")))
        .results()
        .forEach(row -> documented.add(row.group(1)));
    Set<String> taking = new TreeSet<>();
    DiffKeeper.commandLine()
        .getSubcommands()
        .forEach(
            (name, command) -> {
              if (command.getCommandSpec().findOption("--json") != null) {
                taking.add(name);
              }
            });
    assertEquals(documented, taking);
  }

  @Test
  void theVersionIsTheProjects() throws Exception {
    String pom = Files.readString(Path.of("../pom.xml"));
    String version = DiffKeeper.VERSION.replace("diffkeeper ", "");
    assertTrue(pom.contains("<version>" + version + "</version>"), version);
  }

  @Test
  void shellsCompleteWithWhatTheProgramSays() throws Exception {
    Path program = Files.createDirectories(share.resolve("bin")).resolve("diffkeeper");
    String asked = "test \"$*\" = 'complete -- cat web@' && echo web@latest && echo web@base";
    Files.writeString(program, "#!/bin/sh\n" + asked + "\n");
    assertTrue(program.toFile().setExecutable(true));
    String path = "PATH=" + program.getParent() + ":" + System.getenv("PATH");
    Path bash = share.resolve("bash-completion/completions/diffkeeper");
    String line = "COMP_LINE='diffkeeper cat web@'; COMP_POINT=${#COMP_LINE}; _diffkeeper";
    String words =
        run("env", path, "bash", "-c", ". " + bash + "; " + line + "; echo ${COMPREPLY[@]}");
    assertTrue(List.of("latest base\n", "web@latest web@base\n").contains(words), words);
    Path fish = share.resolve("fish/vendor_completions.d/diffkeeper.fish");
    String script = "source " + fish + "; complete -C 'diffkeeper cat web@'";
    words = run("env", path, "fish", "--no-config", "-c", script);
    assertTrue(words.contains("web@latest") && words.contains("web@base"), words);
  }

  /** What documents have in code that a pattern finds, with where that is. */
  private static Map<String, String> named(String pattern) throws Exception {
    Map<String, String> found = new TreeMap<>();
    Pattern code = Pattern.compile("(?s)```.*?```|`[^`\n]+`");
    for (Path document : DocumentsTest.documents()) {
      code.matcher(Files.readString(document))
          .results()
          .flatMap(each -> Pattern.compile(pattern).matcher(each.group()).results())
          .forEach(each -> found.put(each.group(1), document.toString()));
    }
    return found;
  }

  @Test
  void documentsNameCommandsThatThereAre() throws Exception {
    Map<String, String> named =
        named("(?m)(?:^|[`|(/'\"]|&& |sudo |unshare )diffkeeper ([a-z][a-z-]*)");
    assertTrue(named.size() > 20, named::toString);
    named.keySet().removeAll(DiffKeeper.commandLine().getSubcommands().keySet());
    assertEquals(Map.of(), named);
  }

  @Test
  void documentsNameManualPagesThatThereAre() throws Exception {
    Map<String, String> named = named("man (?:[0-9] )?(diffkeeper[a-z.-]*)");
    named.putAll(named("(diffkeeper[a-z.-]*)\\([0-9]\\)"));
    assertTrue(named.size() > 1, named::toString);
    try (Stream<Path> pages = Files.walk(share.resolve("man"))) {
      pages.forEach(
          page -> named.remove(page.getFileName().toString().replaceAll("\\.[0-9]$", "")));
    }
    named.remove("diffkeeper-shim"); // made with that module's class
    assertEquals(Map.of(), named);
  }

  @Test
  void theReadmeHasEveryCommand() throws Exception {
    String readme = Files.readString(Path.of("../README.md"));
    List<String> hidden = List.of("hook", "complete", "allow", "replay");
    for (String name : DiffKeeper.commandLine().getSubcommands().keySet()) {
      assertFalse(!hidden.contains(name) && !readme.contains("diffkeeper " + name), name);
    }
  }
}
