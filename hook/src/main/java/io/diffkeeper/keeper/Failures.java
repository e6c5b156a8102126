package io.diffkeeper.keeper;

import io.diffkeeper.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumMap;
import java.util.Map;

/**
 * How many starts have failed since boot, by cause: the keepers that could tell are gone. Of each
 * cause there is a file in the run directory that is as long as the number, so that any number of
 * keepers can count at once. Counting never fails.
 */
public final class Failures {
  private static final byte[] ONE = {'.'};

  private final Path folder;

  /** Those of a run directory. */
  public Failures(Path runDir) {
    this.folder = runDir.resolve("failures");
  }

  /** Counts one. */
  void count(ExitCode cause) {
    try {
      var mode = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
      Files.createDirectories(folder, mode);
      Path file = folder.resolve(Integer.toString(cause.code()));
      Files.write(file, ONE, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException full) {
      // The failure itself is in the log.
    }
  }

  /** The counts of all causes that there have been. */
  public Map<ExitCode, Long> counts() {
    Map<ExitCode, Long> counts = new EnumMap<>(ExitCode.class);
    for (ExitCode cause : ExitCode.values()) {
      try {
        counts.put(cause, Files.size(folder.resolve(Integer.toString(cause.code()))));
      } catch (NoSuchFileException none) {
        // It has not happened.
      } catch (IOException unreadable) {
        return counts;
      }
    }
    return counts;
  }
}
