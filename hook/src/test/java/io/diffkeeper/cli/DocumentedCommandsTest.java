package io.diffkeeper.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.DocumentsTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/**
 * The command line takes every call of the program that documents, scripts and helps show: each is
 * parsed, and none is run.
 */
class DocumentedCommandsTest {
  private static final Pattern BLOCK = Pattern.compile("(?s)```(?:sh)?\n(.*?)```");
  private static final Pattern INLINE = Pattern.compile("`(diffkeeper [^`\n]+)`");

  /** A call of the program, up to whatever ends it in a shell. */
  private static final Pattern CALL =
      Pattern.compile("(?m)(?:^ *|\\$\\(|&& |\\| |if |! |sudo )(diffkeeper [a-z][^\n]*)");

  /** Words, as a shell tells them apart, and what ends a call or pipes it on. */
  private static final Pattern WORD =
      Pattern.compile("\\G\\s*((?:'[^']*'|\"[^\"]*\"|\\\\.|[^\\s'\"|&;<>()#]|(?<=\\S)#)+)");

  private static List<String> words(String call) {
    List<String> words = new ArrayList<>();
    WORD.matcher(call).results().forEach(each -> words.add(each.group(1).replaceAll("['\"]", "")));
    return words.subList(1, words.size());
  }

  private static void calls(String text, String where, Map<String, String> found) {
    String lines = text.replace("\\\n", " ");
    CALL.matcher(lines).results().forEach(each -> found.put(each.group(1), where));
  }

  /** Calls, and where they are. */
  private static Map<String, String> documented() throws Exception {
    Map<String, String> found = new TreeMap<>();
    for (Path document : DocumentsTest.documents()) {
      String text = Files.readString(document);
      BLOCK.matcher(text).results().forEach(b -> calls(b.group(1), document.toString(), found));
      INLINE.matcher(text).results().forEach(each -> found.put(each.group(1), "" + document));
    }
    try (Stream<Path> scripts = Files.list(Path.of("../docs/examples"))) {
      for (Path script : scripts.filter(file -> file.toString().endsWith(".sh")).toList()) {
        calls(Files.readString(script), script.toString(), found);
      }
    }
    DiffKeeper.commandLine()
        .getSubcommands()
        .forEach(
            (name, command) -> {
              for (String line : command.getCommandSpec().usageMessage().footer()) {
                calls(line.strip().replaceAll(" {3,}.*", ""), name + " --help", found);
              }
            });
    return found;
  }

  /** What is wrong with a call; empty if it can be parsed. */
  private static String problem(String call) {
    List<String> words = words(call);
    CommandLine program = DiffKeeper.alone(words.get(0));
    if (program == null) {
      return "no such command";
    }
    try {
      program.parseArgs(words.toArray(String[]::new));
      return "";
    } catch (CommandLine.MissingParameterException incomplete) {
      return words.size() == 1 ? "" : incomplete.getMessage(); // only named, not called
    } catch (CommandLine.ParameterException wrong) {
      return wrong.getMessage();
    }
  }

  @Test
  void everyCallIsOneThatTheCommandLineTakes() throws Exception {
    Map<String, String> calls = documented();
    assertTrue(calls.size() > 80, () -> calls.size() + ": " + calls);
    Map<String, String> wrong = new TreeMap<>();
    calls.forEach(
        (call, where) -> {
          String problem = problem(call);
          if (!problem.isEmpty()) {
            wrong.put(where + ": " + call, problem);
          }
        });
    assertEquals(Map.of(), wrong);
  }
}
