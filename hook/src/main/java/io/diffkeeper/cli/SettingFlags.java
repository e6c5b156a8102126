package io.diffkeeper.cli;

import io.diffkeeper.config.Configuration;
import java.util.Set;
import java.util.TreeSet;
import picocli.CommandLine.IModelTransformer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Gives a command a flag for every key of the configuration that it has none for. */
final class SettingFlags implements IModelTransformer {
  private static final Set<String> OF_THE_TRACER = Set.of("auto-inject", "injector-cmd");

  @Override
  public CommandSpec transform(CommandSpec command) {
    for (String key : new TreeSet<>(Configuration.keys())) {
      if (command.findOption("--" + key) == null) {
        OptionSpec.Builder option =
            OptionSpec.builder("--" + key)
                .type(String.class)
                .description(
                    OF_THE_TRACER.contains(key)
                        ? "For diffkeeper-shim(8) trace; no effect here."
                        : "The key of diffkeeper.toml(5).");
        if (Configuration.isFlag(key)) {
          option.arity("0..1").fallbackValue("true").paramLabel("true|false");
        } else {
          option.arity("1").paramLabel("VALUE");
        }
        command.addOption(option.build());
      }
    }
    return command;
  }

  /** The configuration with the flags that were given. */
  static Configuration apply(CommandSpec command, Configuration configuration) {
    Configuration changed = configuration;
    for (String key : new TreeSet<>(Configuration.keys())) {
      OptionSpec option = command.findOption("--" + key);
      if (option != null && option.getValue() instanceof String value) {
        changed = changed.with(key, value);
      }
    }
    return changed;
  }
}
