package io.diffkeeper.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Predicate;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The completions of a program for bash, zsh and fish, from the model that parses its command line.
 * What only the program knows, as states, versions and paths, they ask of its command {@code
 * complete}.
 */
final class Completions {
  /** What picocli writes where it has files not be completed. */
  private static final String NO_FILES = "type compopt &>/dev/null && compopt +o default";

  /** Readline replaces what follows the last character that breaks words, which @ is one of. */
  private static final String ASKING_BASH =
      """
      _NAME() {
        local line="${COMP_LINE:0:COMP_POINT}" words found last prefix
        read -ra words <<< "$line"
        [[ $line == *[[:space:]] ]] && words+=("")
        last="${words[${#words[@]} - 1]}"
        if [ "${#words[@]}" -gt 2 ] && [[ $last != -* ]]; then
          mapfile -t found < <(NAME complete -- "${words[@]:1}" 2> /dev/null)
          if [ "${#found[@]}" -gt 0 ]; then
            prefix=${last%"${last##*[$COMP_WORDBREAKS]}"}
            COMPREPLY=("${found[@]#"$prefix"}")
            [[ ${found[0]} != */ ]] || compopt -o nospace 2> /dev/null
            return 0
          fi
        fi
        _complete_NAME
      }
      complete -F _NAME -o default NAME
      """;

  private static final String ASKING_ZSH =
      """
      local -a found
      if (( CURRENT > 2 )) && [[ $words[CURRENT] != -* ]]; then
        found=(${(f)"$(NAME complete -- "${(@Q)words[2,CURRENT]}" 2> /dev/null)"})
        if (( $#found )); then
          compadd -S '' -- ${(M)found:#*/}
          compadd -- ${found:#*/}
          return
        fi
      fi
      """;

  private static final String ZSH = "_bash_complete -o default -F _complete_NAME\n";

  private static final String ASKING_FISH =
      "(NAME complete -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)";

  private final CommandLine program;
  private final String name;
  private final Predicate<CommandSpec> asking;

  /**
   * @param asking which commands take what only the program knows; if there are none, the program
   *     need have no {@code complete}
   */
  Completions(CommandLine program, Predicate<CommandSpec> asking) {
    this.program = program;
    this.name = program.getCommandName();
    this.asking = asking;
  }

  /** Writes them to where the shells look for them below /usr/share, or what is to become that. */
  void write(Path share) throws IOException {
    boolean asks =
        program.getSubcommands().values().stream()
            .anyMatch(command -> asking.test(command.getCommandSpec()));
    String bash = bash(asks);
    Manual.file(
        share.resolve("bash-completion/completions").resolve(name),
        asks ? bash + named(ASKING_BASH) : bash);
    Manual.file(
        share.resolve("zsh/site-functions").resolve("_" + name),
        "#compdef "
            + name
            + "\nautoload -U +X bashcompinit && bashcompinit\n"
            + bash
            + named(asks ? ASKING_ZSH + ZSH : ZSH));
    Manual.file(share.resolve("fish/vendor_completions.d").resolve(name + ".fish"), fish());
  }

  private String named(String script) {
    return script.replace("NAME", name);
  }

  /** Completes commands and options, and files elsewhere; registered unless what asks is, too. */
  private String bash(boolean asks) {
    StringBuilder script = new StringBuilder();
    for (String line : AutoComplete.bash(name, program).split("\n")) {
      boolean registers = line.startsWith("complete -F _complete_" + name);
      boolean runs = line.startsWith("#!"); // it is read by a shell, not run
      if (!runs && !line.strip().equals(NO_FILES) && !(asks && registers)) {
        script.append(line).append('\n');
      }
    }
    return script.toString();
  }

  private String fish() {
    StringBuilder script = new StringBuilder("# Completions of " + name + " for fish.\n");
    for (CommandLine command : program.getSubcommands().values()) {
      CommandSpec spec = command.getCommandSpec();
      String after = "-n '__fish_seen_subcommand_from " + spec.name() + "'";
      String summary = quoted(Manual.summary(spec));
      line(script, "-n __fish_use_subcommand -f -a " + spec.name() + " -d " + summary);
      if (asking.test(spec)) {
        line(script, after + " -a \"" + named(ASKING_FISH) + "\"");
      }
      for (OptionSpec option : spec.options()) {
        StringBuilder words = new StringBuilder(after);
        for (String each : option.names()) {
          words
              .append(each.startsWith("--") ? " -l " : " -s ")
              .append(each.replaceFirst("^-+", ""));
        }
        words.append(option.arity().max() > 0 ? " -r" : "");
        if (option.completionCandidates() != null) {
          words.append(" -a ").append(quoted(Manual.candidates(option).replace(",", "")));
        }
        String description = option.description().length == 0 ? "" : Manual.described(option)[0];
        line(script, words + " -d " + quoted(description));
      }
    }
    return script.toString();
  }

  private void line(StringBuilder script, String words) {
    script.append("complete -c ").append(name).append(' ').append(words).append('\n');
  }

  private static String quoted(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
