package io.diffkeeper.cli;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.keeper.NativeHashers;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command {@code diffkeeper}. */
@Command(
    name = "diffkeeper",
    description = "Durable file state for containers: look into it, take it out, check it.",
    version = "diffkeeper 0.1.0",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      RunCommand.class,
      ReplayCommand.class,
      LsCommand.class,
      LogCommand.class,
      CatCommand.class,
      ExportCommand.class,
      CommitCommand.class,
      AllowCommand.class,
      VerifyCommand.class,
      ForgetCommand.class,
      GcCommand.class,
      RmCommand.class,
      StatsCommand.class,
      DoctorCommand.class,
      HookCommand.class,
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      " 0:done",
      " 1:internal error",
      " 2:wrong command line",
      " 3:no such state, version or path",
      "10:bad input: state JSON, config.json, annotation or configuration",
      "11:the state is held by another keeper",
      "12:the store is corrupt, or something in it does not verify",
      "13:the replay failed",
      "14:no event source could be attached",
      "15:no space",
    })
public final class DiffKeeper {
  /** Created by {@link #main} only. */
  DiffKeeper() {}

  /** Runs one command and exits with its code. */
  public static void main(String[] args) {
    NativeHashers.use();
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    return new CommandLine(new DiffKeeper())
        .setExecutionStrategy(new CommandLine.RunLast())
        .setExecutionExceptionHandler(DiffKeeper::failed)
        .setParameterExceptionHandler(DiffKeeper::misused)
        .setCaseInsensitiveEnumValuesAllowed(true);
  }

  private static int failed(
      Exception failure, CommandLine command, CommandLine.ParseResult arguments) {
    if (failure instanceof DiffKeeperException known) {
      command.getErr().println("diffkeeper: " + known.getMessage());
      return known.exitCode().code();
    }
    command.getErr().println("diffkeeper: internal error: " + failure);
    if (System.getenv("DIFFKEEPER_DEBUG") != null) {
      failure.printStackTrace(command.getErr());
    }
    return ExitCode.INTERNAL.code();
  }

  private static int misused(CommandLine.ParameterException failure, String[] args) {
    CommandLine command = failure.getCommandLine();
    command.getErr().println("diffkeeper: " + failure.getMessage());
    command.getErr().println("try: " + command.getCommandSpec().qualifiedName() + " --help");
    return ExitCode.USAGE.code();
  }
}
