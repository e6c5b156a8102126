package io.diffkeeper.shim;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.bpf.ContainerEvents;
import io.diffkeeper.config.Configuration;
import io.diffkeeper.keeper.Home;
import io.diffkeeper.log.Log;
import io.diffkeeper.shim.adoption.Adopter;
import io.diffkeeper.shim.adoption.Tally;
import io.diffkeeper.shim.trace.Census;
import io.diffkeeper.shim.trace.Injector;
import io.diffkeeper.shim.trace.RuntimeFolders;
import io.diffkeeper.shim.trace.TraceService;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code diffkeeper-shim trace}: the container tracer. */
@Command(
    name = "trace",
    description = {
      "See containers start, whatever runs them, and capture those that opted in: for runtimes that"
          + " know no hooks, or were not told of ours.",
      "The kernel tells of new cgroups and of the first program in each (eBPF, Linux 5.8 or later);"
          + " where it does not, what runc and crun have written down is looked at every second. A"
          + " container whose config.json opts in and that has no keeper is captured from then on,"
          + " without a replay. Others are left alone.",
      "It serves until it is ended. Containers that ran already when it began are seen to as well,"
          + " but the command of --injector-cmd is not run for them."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  diffkeeper-shim trace",
      "  diffkeeper-shim trace --auto-inject=false --injector-cmd '/usr/local/bin/notify --start'"
    })
final class TraceCommand implements Callable<Integer> {
  @Mixin ServiceOptions options;

  @Option(
      names = "--auto-inject",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description = {
        "Whether containers that opted in and have no keeper get one",
        "(default: auto-inject in the configuration, or true)."
      })
  String autoInject;

  @Option(
      names = "--injector-cmd",
      paramLabel = "CMD",
      description = {
        "Run this for each container that starts: the absolute path of a program and its first"
            + " arguments, between blanks; no shell reads it. The container's id is added as the"
            + " last argument, and CONTAINER_ID, RUNTIME, NAMESPACE (of a pod, else empty) and STATE"
            + " (start) are in its environment, alone and after DIFFKEEPER_. Four at most run at"
            + " once, for a minute each; exit codes are logged, output is not.",
        "(default: injector-cmd in the configuration, or none)."
      })
  String injectorCmd;

  @Option(
      names = "--cgroup",
      paramLabel = "PATH",
      description = "Only containers whose cgroup is this or below it (default ${DEFAULT-VALUE}).")
  Path cgroup = Path.of("/");

  @Override
  public Integer call() {
    if (!cgroup.isAbsolute()) {
      throw new DiffKeeperException(
          ExitCode.USAGE, "--cgroup " + cgroup + ": not a path that begins with /");
    }
    Configuration configuration = configuration();
    Log log = options.log("trace");
    Tally tally = new Tally(options.runDir, "trace");
    Optional<ContainerEvents> events = events(configuration, log);
    Adopter adopter = options.adopter(tally, log);
    Injector injector = new Injector(configuration.injectorCmd(), Injector.TIME_MAX, tally, log);
    RuntimeFolders folders = new RuntimeFolders(Path.of("/run"));
    Census census = new Census(folders, cgroup.normalize(), log);
    boolean autoInject = configuration.autoInject();
    new TraceService(events, census, adopter, autoInject, injector, tally, log).run();
    events.ifPresent(ContainerEvents::close);
    return 0;
  }

  private Configuration configuration() {
    Configuration configuration =
        Configuration.load(Optional.ofNullable(options.config), System.getenv());
    if (autoInject != null) {
      configuration = configuration.with("auto-inject", autoInject);
    }
    if (injectorCmd != null) {
      configuration = configuration.with("injector-cmd", injectorCmd);
    }
    return configuration;
  }

  private static Optional<ContainerEvents> events(Configuration configuration, Log log) {
    try {
      return Optional.of(Home.containerEvents(configuration, log));
    } catch (DiffKeeperException e) {
      log.warning("the kernel does not tell of containers: " + e.getMessage());
      return Optional.empty();
    }
  }
}
