package io.diffkeeper.cli;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.store.StateInfo;
import io.diffkeeper.store.Store;
import io.diffkeeper.store.Versions;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.FileType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code diffkeeper complete}: what shells complete with. */
@Command(
    name = "complete",
    description = {
      "Print, for shells, what the last of some words may become: names of states, versions, paths.",
      "Nothing is printed where none of these is wanted, or nothing fits."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {"  diffkeeper complete -- cat web@"})
final class CompleteCommand implements Callable<Integer> {
  private static final int VERSIONS_MAX = 50;
  private static final String PODMAN = "podman/";

  @Parameters(arity = "1..*", paramLabel = "WORD", description = "A command, and its words.")
  List<String> words;

  @Spec CommandSpec spec;

  private final List<String> positionals = new ArrayList<>();
  private final Map<String, String> values = new HashMap<>();

  @Override
  public Integer call() {
    CommandLine root = DiffKeeper.alone(words.get(0));
    String wanted = root == null || words.size() < 2 ? "" : wanted(root);
    StateOptions options = new StateOptions();
    options.config = path("--config");
    options.store = path("--store");
    options.namespace = values.get("--namespace");
    String current = words.get(words.size() - 1);
    if (!wanted.isEmpty()) {
      try (Store store = options.open()) {
        for (String each : candidates(store, options, wanted, current)) {
          if (each.startsWith(current)) {
            spec.commandLine().getOut().println(each);
          }
        }
      } catch (DiffKeeperException none) {
        // A name that is not finished yet, or no store: nothing fits.
      }
    }
    return 0;
  }

  private Path path(String option) {
    return values.containsKey(option) ? Path.of(values.get(option)) : null;
  }

  /** The label of the parameter that the last word is for; empty if it is for none. */
  private String wanted(CommandLine root) {
    CommandSpec its = root.getSubcommands().get(words.get(0)).getCommandSpec();
    String label = null;
    for (int i = 1; i < words.size() - 1; i++) {
      String word = words.get(i);
      OptionSpec option = its.findOption(word);
      if (option != null && option.arity().max() > 0) {
        i++;
        values.put(word, words.get(i));
        label = i == words.size() - 1 ? option.paramLabel() : null;
      } else if (!word.startsWith("-")) {
        positionals.add(word);
      }
    }
    int index = positionals.size();
    if (label != null) {
      return label;
    }
    return its.positionalParameters().stream()
        .filter(each -> each.index().contains(index))
        .map(each -> each.paramLabel())
        .findFirst()
        .orElse("");
  }

  private List<String> candidates(
      Store store, StateOptions options, String wanted, String current) {
    int at = current.indexOf('@');
    if (wanted.startsWith("NAME") && at < 0) {
      return states(store, options, wanted, current);
    }
    if (wanted.contains("@")) {
      String name = current.substring(0, at);
      return versions(store, options, name).stream().map(v -> name + "@" + v).toList();
    }
    if (wanted.equals("A") || wanted.equals("B")) {
      return versions(store, options, positionals.get(0));
    }
    return wanted.equals("PATH") && !positionals.isEmpty()
        ? paths(store, options, current)
        : List.of();
  }

  /**
   * Without the namespace that need not be given. Where a version may follow, one that is the only
   * one is followed by an @ or nothing, as after one word shells put a blank.
   */
  private static List<String> states(
      Store store, StateOptions options, String wanted, String current) {
    String own = options.namespace == null ? PODMAN : options.namespace + "/";
    List<String> fitting = new ArrayList<>();
    for (StateInfo state : store.states()) {
      String name = state.name().toString();
      String shown = name.startsWith(own) ? name.substring(own.length()) : name;
      if (shown.startsWith(current)) {
        fitting.add(shown);
      }
    }
    if (fitting.size() == 1 && wanted.contains("@")) {
      fitting.add(fitting.get(0) + "@");
    }
    return fitting;
  }

  private static List<String> versions(Store store, StateOptions options, String name) {
    List<String> all = new ArrayList<>(List.of("latest", "base"));
    List<Long> ascending = new Versions(store, options.state(name)).numbers();
    for (int i = ascending.size() - 1; i >= 0 && all.size() < VERSIONS_MAX; i--) {
      all.add(ascending.get(i).toString());
    }
    return all;
  }

  /** What is in the directory that the path has got to. */
  private List<String> paths(Store store, StateOptions options, String current) {
    VersionTree tree = VersionTree.of(store, options.ref(positionals.get(0)).find(store));
    List<String> all = new ArrayList<>();
    for (Entry top : tree.stateDirs()) {
      all.add(top.name() + "/");
    }
    int slash = current.lastIndexOf('/');
    if (slash > 0 && all.stream().noneMatch(top -> top.startsWith(current))
        || all.contains(current)) {
      String directory = current.substring(0, slash);
      all.clear();
      Entry found = tree.entry(directory);
      for (Entry entry : found.type() == FileType.DIRECTORY ? tree.list(found) : List.<Entry>of()) {
        String end = entry.type() == FileType.DIRECTORY ? "/" : "";
        all.add(directory + "/" + entry.name() + end);
      }
    }
    return all;
  }
}
