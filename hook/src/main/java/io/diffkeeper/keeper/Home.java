package io.diffkeeper.keeper;

import io.diffkeeper.bpf.EventSource;
import io.diffkeeper.bpf.EventSources;
import io.diffkeeper.bpf.EventTarget;
import io.diffkeeper.bpf.Rung;
import io.diffkeeper.log.Log;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Where the program is installed: lib/diffkeeper of the tree it was started from. */
public final class Home {
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

  /** The launcher of the same installation. */
  static Path launcher() {
    return path().resolve("../../libexec/oci/hooks.d/diffkeeper-hook");
  }

  private static Path bpf() {
    return path().resolve("bpf");
  }

  /** The event sources of this host, best first, and why those that can't be used can't. */
  public static List<Rung> probe() {
    return EventSources.probe(bpf());
  }

  /** Opens the best event source; logs why not a better one. */
  static EventSource events(EventTarget target, Log log) {
    return EventSources.open(
        bpf(),
        target,
        rung -> {
          if (!rung.usable()) {
            log.warning("event source " + rung.name() + " cannot be used: " + rung.reason());
          }
        });
  }
}
