package io.diffkeeper.shim;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command {@code diffkeeper-shim}. */
@Command(
    name = "diffkeeper-shim",
    description = "Serve container runtimes that read no hooks directory.",
    version = "diffkeeper-shim 0.1.0",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {NriCommand.class, EventsCommand.class, TraceCommand.class})
public final class ShimMain {
  /** Created by {@link #main} only. */
  ShimMain() {}

  /** Runs a service until it is ended; exits with its code if it cannot run. */
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  /** The command line, which the manual page is made from, too. */
  public static CommandLine commandLine() {
    return new CommandLine(new ShimMain()).setExecutionExceptionHandler(ShimMain::failed);
  }

  private static int failed(
      Exception failure, CommandLine command, CommandLine.ParseResult arguments) {
    boolean known = failure instanceof DiffKeeperException;
    String why = known ? failure.getMessage() : "internal error: " + failure;
    command.getErr().println("diffkeeper-shim: " + why);
    return known ? ((DiffKeeperException) failure).exitCode().code() : ExitCode.INTERNAL.code();
  }
}
