package io.diffkeeper.cli;

import java.io.PrintWriter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** How a command prints. */
final class OutputOptions {
  @Option(names = "--json", description = "Print JSON: an array of objects.")
  boolean json;

  @Spec(Spec.Target.MIXEE)
  CommandSpec spec;

  PrintWriter out() {
    return spec.commandLine().getOut();
  }

  /** Something that people should know, and programs need not. */
  void note(String line) {
    spec.commandLine().getErr().println("diffkeeper: " + line);
  }

  /** What is printed as a table, or as JSON. */
  Output table(String... columns) {
    return new Output(out(), json, columns);
  }
}
