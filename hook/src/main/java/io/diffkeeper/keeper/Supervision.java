package io.diffkeeper.keeper;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.FileFailure;
import io.diffkeeper.bpf.EventSource;
import io.diffkeeper.bpf.EventTarget;
import io.diffkeeper.capture.Freezer;
import io.diffkeeper.capture.WritableMaps;
import io.diffkeeper.config.Configuration;
import io.diffkeeper.files.Dir;
import io.diffkeeper.files.Ids;
import io.diffkeeper.files.StateDir;
import io.diffkeeper.log.Log;
import io.diffkeeper.oci.OptIn;
import io.diffkeeper.replay.ReplayMode;
import io.diffkeeper.store.Ending;
import io.diffkeeper.store.Origin;
import io.diffkeeper.store.StateName;
import io.diffkeeper.store.Tuning;
import io.diffkeeper.sys.Call;
import io.diffkeeper.sys.Kernel;
import io.diffkeeper.sys.SyscallException;
import io.diffkeeper.tree.Name;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * Keeps directories of this host for one command, without any container runtime: replay, then
 * capture while the command runs, then a last version. Not thread-safe.
 */
public final class Supervision implements AutoCloseable {
  private final Kernel kernel;
  private final Configuration configuration;
  private final Log log;
  private final StateName state;
  private final List<StateDir> dirs = new ArrayList<>();
  private final Hold hold;

  /**
   * Takes the state's lock and opens the directories, made if need be.
   *
   * @param stateDirs absolute paths on this host
   * @param mode how the newest version is replayed; empty to replay nothing
   * @param recorded the origin of the versions, if it is not the host
   */
  public Supervision(
      Kernel kernel,
      Configuration configuration,
      Log log,
      StateName state,
      List<String> stateDirs,
      Optional<ReplayMode> mode,
      Optional<String> recorded) {
    this.kernel = kernel;
    this.configuration = configuration;
    this.log = log;
    this.state = state;
    Subject subject =
        new Subject(
            state,
            Optional.empty(),
            new Origin(recorded.orElseGet(() -> "host-" + hostName()), ""),
            "",
            false,
            "process " + ProcessHandle.current().pid() + " (diffkeeper run)",
            mode,
            Optional.empty(),
            OptIn.Consistency.SETTLED,
            path -> false,
            Ids.SAME,
            Optional.empty(),
            configuration.hashAlgo(),
            configuration.dedupScope(),
            new Tuning(configuration.diffLibrary(), configuration.snapshotInterval()));
    this.hold = new Hold(kernel, configuration, log, subject);
    try {
      for (String path : stateDirs) {
        Files.createDirectories(Path.of(path));
        Name name = Name.of(path);
        Dir dir = Dir.ofHost(kernel, name);
        // An empty directory has nothing newer than the store, even on the same host.
        dirs.add(new StateDir(name, dir, !dir.list().isEmpty(), false));
      }
    } catch (IOException e) {
      close();
      throw new DiffKeeperException(ExitCode.BAD_INPUT, "state-dir: " + FileFailure.message(e), e);
    }
  }

  private static String hostName() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    } catch (IOException unreadable) {
      return "unknown";
    }
  }

  /** Replays the newest version, and captures nothing. */
  public void replay() {
    hold.replayOnly(dirs);
  }

  /**
   * Replays, runs the command, captures until it ends.
   *
   * @param words the command and its arguments
   * @param signals is given what passes a signal on to the command, once it is there
   * @return the command's exit code
   */
  public int run(List<String> words, Consumer<IntConsumer> signals) {
    RunFolder folder =
        new RunFolder(configuration.runDir(), "run-" + ProcessHandle.current().pid());
    try (Command command = new Command(kernel, words);
        EventSource source = Home.events(configuration, EventTarget.of(command.pid()), log)) {
      hold.start(dirs, WritableMaps.of(command.pid()), Freezer.none(), () -> source);
      int process = (int) Kernel.check(Call.PIDFD_OPEN, "command", kernel.pidfdOpen(command.pid()));
      folder.create(state + "\n");
      int listening = folder.listen(kernel);
      signals.accept(command::signal);
      command.start();
      log.stage("capture");
      Orphans orphans = new Orphans(kernel, command.pid());
      try (orphans) {
        new Watch(kernel, configuration, hold, log, Watch.Chores.NONE).run(process, listening);
      }
      int code = command.exitCode();
      hold.session().last(() -> true);
      hold.tell(new Ending(code, false));
      hold.housekeeping().run();
      folder.remove();
      kernel.close(listening);
      kernel.close(process);
      return code;
    } catch (SyscallException e) {
      throw new DiffKeeperException(ExitCode.INTERNAL, e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    dirs.forEach(StateDir::close);
    hold.close();
  }
}
