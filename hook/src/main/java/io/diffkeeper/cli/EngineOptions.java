package io.diffkeeper.cli;

import io.diffkeeper.engine.Engine;
import io.diffkeeper.engine.FileEdit;
import io.diffkeeper.history.TextDiff;
import io.diffkeeper.keeper.Home;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What configure and unconfigure have in common. */
final class EngineOptions {
  private static final String NOTHING = "/dev/null";

  @Spec(Spec.Target.MIXEE)
  CommandSpec spec;

  @Parameters(paramLabel = "ENGINE", description = "containerd, crio, docker or podman.")
  String name;

  @Option(
      names = "--settings",
      paramLabel = "FILE",
      description = "The engine's main file of settings, if it is not where it usually is.")
  Path settings;

  @Option(names = "--dry-run", description = "Only show what would change, as a unified diff.")
  boolean dryRun;

  Engine engine() {
    Engine engine = Engine.of(name, settings == null ? null : settings.toAbsolutePath());
    if (engine == null) {
      throw new CommandLine.ParameterException(
          spec.commandLine(), "no engine that we know: " + name);
    }
    return engine;
  }

  /** Where the program is installed: /usr, or a tree that mirrors it. */
  static Path prefix() {
    return Home.path().toAbsolutePath().normalize().resolve("../..").normalize();
  }

  /** Writes, or shows, what changes; says so. */
  void apply(Engine engine, List<FileEdit> edits) throws IOException {
    List<FileEdit> changes = edits.stream().filter(FileEdit::changes).toList();
    for (FileEdit edit : changes) {
      if (dryRun) {
        show(edit);
      } else {
        edit.apply();
        spec.commandLine()
            .getOut()
            .println((edit.after() == null ? "removed " : "wrote ") + edit.file());
      }
    }
    if (changes.isEmpty()) {
      spec.commandLine().getOut().println(name + ": nothing to do");
    } else if (!dryRun) {
      spec.commandLine().getOut().println("next: " + engine.afterwards());
    }
  }

  private void show(FileEdit edit) {
    String before = edit.before() == null ? NOTHING : edit.file().toString();
    String after = edit.after() == null ? NOTHING : edit.file().toString();
    TextDiff.unified(
            before,
            Objects.requireNonNullElse(edit.before(), ""),
            after,
            Objects.requireNonNullElse(edit.after(), ""))
        .forEach(spec.commandLine().getOut()::println);
  }
}
