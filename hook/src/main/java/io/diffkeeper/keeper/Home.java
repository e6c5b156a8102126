package io.diffkeeper.keeper;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.User;
import io.diffkeeper.bpf.BpfFiles;
import io.diffkeeper.bpf.ContainerEvents;
import io.diffkeeper.bpf.EventSource;
import io.diffkeeper.bpf.EventSources;
import io.diffkeeper.bpf.EventTarget;
import io.diffkeeper.bpf.KernelTypes;
import io.diffkeeper.bpf.Rung;
import io.diffkeeper.bpf.libbpf.BpfException;
import io.diffkeeper.config.Configuration;
import io.diffkeeper.log.Log;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Where the program is installed: lib/diffkeeper of the tree it was started from. */
public final class Home {
  /** Gives a program back the signals that {@code diffkeeper run} was started with blocked. */
  static final Path SIGNALS = path().resolve("diffkeeper-signals").toAbsolutePath();

  private static final String BEST = "auto";

  private Home() {}

  /** The directory; the launcher makes it the working directory, too. */
  public static Path path() {
    return Path.of(System.getProperty("diffkeeper.home", "."));
  }

  /** What tells this build from every other: no spare of another one is ever used. */
  static String buildId() {
    try {
      return Files.readString(path().resolve("build-id")).strip();
    } catch (IOException none) {
      return ""; // classes that were never put together: they have no spares
    }
  }

  private static BpfFiles bpf(Configuration configuration, Log log) {
    Path program = configuration.ebpfProgram();
    return new BpfFiles(
        program == null ? path().resolve("bpf") : program.getParent(), types(configuration, log));
  }

  /** Null if the kernel describes itself, or nobody does. */
  private static Path types(Configuration configuration, Log log) {
    try {
      return new KernelTypes(
              KernelTypes.OWN,
              configuration.btfCacheDir(),
              configuration.btfhubMirror(),
              User.current().isRoot()
                  && configuration.enableEbpf()
                  && !configuration.disableBtfhubDownload())
          .find();
    } catch (IOException e) {
      log.warning("types of the kernel: " + e.getMessage());
      return null;
    }
  }

  /**
   * Has the kernel tell of containers that start.
   *
   * @throws DiffKeeperException (ATTACH_FAILED) if that cannot be done here, or is not wanted
   */
  public static ContainerEvents containerEvents(Configuration configuration, Log log) {
    if (!configuration.enableEbpf()) {
      throw new DiffKeeperException(ExitCode.ATTACH_FAILED, "enable-ebpf is false");
    }
    try {
      return ContainerEvents.open(new BpfFiles(path().resolve("bpf"), types(configuration, log)));
    } catch (BpfException e) {
      throw new DiffKeeperException(ExitCode.ATTACH_FAILED, e.getMessage(), e);
    }
  }

  /** The event sources of this host, best first, and why those that can't be used can't. */
  public static List<Rung> probe(Configuration configuration) {
    checkProgram(configuration);
    return EventSources.probe(bpf(configuration, Log.none()));
  }

  /**
   * Opens the best event source that the configuration allows; logs why not a better one.
   *
   * @throws DiffKeeperException (BAD_INPUT) if the configuration names one that does not exist,
   *     (ATTACH_FAILED) if that one cannot be used here
   */
  static EventSource events(Configuration configuration, EventTarget target, Log log) {
    String only = configuration.eventSource();
    if (!only.equals(BEST) && !EventSources.names().contains(only)) {
      throw new DiffKeeperException(
          ExitCode.BAD_INPUT,
          "event-source " + only + ": not auto or one of " + EventSources.names());
    }
    checkProgram(configuration);
    try {
      return EventSources.open(
          bpf(configuration, log),
          target,
          name -> only.equals(BEST) ? isAllowed(configuration, name) : only.equals(name),
          rung -> {
            if (!rung.usable()) {
              log.warning("event source " + rung.name() + " cannot be used: " + rung.reason());
            }
          });
    } catch (IllegalStateException none) {
      throw new DiffKeeperException(
          ExitCode.ATTACH_FAILED, "no event source: " + none.getMessage(), none);
    }
  }

  private static void checkProgram(Configuration configuration) {
    Path program = configuration.ebpfProgram();
    if (program != null && !EventSources.objects().containsValue(name(program))) {
      throw new DiffKeeperException(
          ExitCode.BAD_INPUT,
          "ebpf-program " + program + ": its name is none of " + EventSources.objects().values());
    }
  }

  private static String name(Path program) {
    return String.valueOf(program.getFileName());
  }

  private static boolean isAllowed(Configuration configuration, String name) {
    return switch (name) {
      case "scan" -> true;
      case "fanotify", "inotify" -> configuration.fallbackFsnotify();
      default ->
          configuration.enableEbpf()
              && (configuration.ebpfProgram() == null
                  || name(configuration.ebpfProgram()).equals(EventSources.objects().get(name)));
    };
  }
}
