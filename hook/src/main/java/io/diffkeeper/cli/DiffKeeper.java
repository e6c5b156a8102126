package io.diffkeeper.cli;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.FileFailure;
import io.diffkeeper.keeper.NativeHashers;
import io.diffkeeper.store.Store;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;

/** The command {@code diffkeeper}. */
@Command(
    name = "diffkeeper",
    description = "Durable file state for containers: look into it, take it out, check it.",
    version = DiffKeeper.VERSION,
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
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
  static final String VERSION = "diffkeeper 0.1.0";

  /** In the order that the help has them. A class is named after its command. */
  static final List<Class<?>> COMMANDS =
      List.of(
          RunCommand.class,
          ReplayCommand.class,
          LsCommand.class,
          LogCommand.class,
          TimelineCommand.class,
          DiffCommand.class,
          CompareCommand.class,
          TreeCommand.class,
          CatCommand.class,
          ExportCommand.class,
          ImportCommand.class,
          ReportCommand.class,
          CommitCommand.class,
          AdoptCommand.class,
          AllowCommand.class,
          VerifyCommand.class,
          RepairCommand.class,
          ForgetCommand.class,
          GcCommand.class,
          RmCommand.class,
          StatsCommand.class,
          StatusCommand.class,
          TopCommand.class,
          MetricsCommand.class,
          DoctorCommand.class,
          ConfigureCommand.class,
          UnconfigureCommand.class,
          HookCommand.class,
          CompleteCommand.class);

  /** Created by {@link #main} only. */
  DiffKeeper() {}

  /** Runs one command and exits with its code. */
  public static void main(String[] args) {
    CompletableFuture.runAsync(Store::load); // most commands want it
    NativeHashers.use();
    CommandLine command = args.length > 0 ? alone(args[0]) : null;
    if (command == null && args.length > 0 && !args[0].startsWith("-")) {
      System.err.println("diffkeeper: " + Screen.safe(unknown(args[0])));
      System.exit(ExitCode.USAGE.code());
    }
    System.exit(execute(command == null ? summary() : command, args));
  }

  private static int execute(CommandLine line, String[] args) {
    PrintWriter out = new StandardOutput().text();
    try {
      int code = line.setOut(out).execute(args);
      out.flush();
      return code;
    } catch (StandardOutput.Lost lost) {
      return lost.told();
    } catch (OutOfMemoryError | StackOverflowError exhausted) {
      System.err.println("diffkeeper: internal error: " + exhausted);
      return ExitCode.INTERNAL.code();
    }
  }

  /** What to say of a command that there is not. */
  static String unknown(String command) {
    String meant = Suggestion.of(command, COMMANDS.stream().map(DiffKeeper::name));
    return "unknown command '" + command + "'" + meant + " (try 'diffkeeper --help')";
  }

  /** The command line with all its commands. */
  static CommandLine commandLine() {
    CommandLine line = new CommandLine(new DiffKeeper());
    COMMANDS.forEach(each -> line.addSubcommand(name(each), new CommandLine(each)));
    return handled(line);
  }

  /** The command line with no more of its commands than its help says of them. */
  static CommandLine summary() {
    CommandLine line = new CommandLine(new DiffKeeper());
    for (Class<?> each : COMMANDS) {
      CommandSpec spec = CommandSpec.create();
      spec.usageMessage().description(each.getAnnotation(Command.class).description());
      line.addSubcommand(name(each), spec);
    }
    return handled(line);
  }

  /**
   * One command, as if there were no other: to describe them all takes longer than most of them do.
   *
   * @return null if no command has the name
   */
  static CommandLine alone(String name) {
    for (Class<?> each : COMMANDS) {
      if (name(each).equals(name)) {
        CommandLine root = new CommandLine(CommandSpec.create().name("diffkeeper"));
        return handled(root.addSubcommand(name, new CommandLine(each)));
      }
    }
    return null;
  }

  private static CommandLine handled(CommandLine command) {
    command.getSubcommands().values().forEach(each -> each.getCommandSpec().version(VERSION));
    CommandLine diff = command.getSubcommands().get(name(DiffCommand.class));
    if (diff != null) {
      diff.setUnmatchedOptionsArePositionalParams(true); // -5m is a version
    }
    return command
        .setExecutionStrategy(new Handlers())
        .setExecutionExceptionHandler(new Handlers())
        .setParameterExceptionHandler(new Handlers())
        .setCaseInsensitiveEnumValuesAllowed(true);
  }

  /** The command of a class. */
  static String name(Class<?> command) {
    return command.getSimpleName().replace("Command", "").toLowerCase(Locale.ROOT);
  }

  /** No lambdas: picocli's are too old a kind of class for the archive, and would be made anew. */
  private static final class Handlers
      implements CommandLine.IExecutionStrategy,
          CommandLine.IExecutionExceptionHandler,
          CommandLine.IParameterExceptionHandler {
    /** Help is printed here, and not told of as a failure of the command's. */
    @Override
    public int execute(CommandLine.ParseResult arguments) {
      try {
        return new CommandLine.RunLast().execute(arguments);
      } catch (StandardOutput.Lost lost) {
        return lost.told();
      }
    }

    @Override
    public int handleExecutionException(
        Exception failure, CommandLine command, CommandLine.ParseResult arguments) {
      return failed(failure, command);
    }

    @Override
    public int handleParseException(CommandLine.ParameterException failure, String[] arguments) {
      return misused(failure);
    }
  }

  private static int failed(Exception failure, CommandLine command) {
    if (failure instanceof StandardOutput.Lost lost) {
      return lost.told();
    }
    command.getOut().flush(); // what it said before it failed
    if (failure instanceof DiffKeeperException known) {
      tell(command, known.getMessage());
      return known.exitCode().code();
    }
    if (failure instanceof IOException io) {
      tell(command, FileFailure.message(io));
      return FileFailure.exitCode(io).code();
    }
    tell(command, "internal error: " + failure);
    if (System.getenv("DIFFKEEPER_DEBUG") != null) {
      failure.printStackTrace(command.getErr());
    }
    return ExitCode.INTERNAL.code();
  }

  private static int misused(CommandLine.ParameterException failure) {
    CommandLine command = failure.getCommandLine();
    String help = command.getCommandSpec().qualifiedName() + " --help";
    String message = failure.getMessage();
    if (failure instanceof CommandLine.UnmatchedArgumentException wrong
        && wrong.isUnknownOption()) {
      String option = wrong.getUnmatched().get(0);
      message += Suggestion.of(option, command.getCommandSpec().optionsMap().keySet().stream());
    }
    tell(command, message + " (try '" + help + "')");
    return ExitCode.USAGE.code();
  }

  /** One line, whatever is in it: names and values of others are quoted in messages. */
  private static void tell(CommandLine command, String message) {
    command.getErr().println("diffkeeper: " + Screen.safe(String.valueOf(message)));
  }
}
