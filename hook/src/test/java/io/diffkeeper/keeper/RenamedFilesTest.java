package io.diffkeeper.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.files.StateDir;
import io.diffkeeper.replay.ReplayMode;
import io.diffkeeper.store.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Files that have a new name, or took another's: stored as differences from what they were. */
class RenamedFilesTest extends CapturedTrees {
  private static final int RENAMED_BYTES = 300_000;
  private static final int APPENDED_BYTES = 1000;

  /** A file that was renamed, changed and replaced, as logs are: stored as differences. */
  @Test
  void findsWhatARenamedAndAReplacedFileWere() throws IOException {
    byte[] bytes = noise(new Random(1), RENAMED_BYTES);
    Files.createDirectories(path("live"));
    Files.write(path("live/file"), bytes);
    try (StateDir dir = dir(kernel, "live")) {
      Session session = session(dir, null, null);
      session.commit();
      Files.move(path("live/file"), path("live/moved"));
      for (int at = 100; at < bytes.length; at += 1000) {
        bytes[at]++;
      }
      Files.write(path("live/moved"), bytes);
      assertStoredAtMost(RENAMED_BYTES / 20, session);
      bytes[7]++;
      Files.write(path("live/new"), bytes);
      replace("new", "moved");
      replay(assertStoredAtMost(RENAMED_BYTES / 20, session), ReplayMode.EXACT, "copy");
      assertEquals(Listing.of(path("live")), Listing.of(path("copy")));
    }
  }

  /** Logs that take each other's names, of which the first has grown since it was stored. */
  @Test
  void findsWhatLogsThatAreRotatedWere() throws IOException {
    Random random = new Random(2);
    Files.createDirectories(path("live"));
    for (String name : List.of("log", "log.1", "log.2")) {
      Files.write(path("live/" + name), noise(random, RENAMED_BYTES));
    }
    try (StateDir dir = dir(kernel, "live")) {
      Session session = session(dir, null, null);
      session.commit();
      for (int i = 0; i < 3; i++) {
        Files.write(path("live/log"), noise(random, APPENDED_BYTES), StandardOpenOption.APPEND);
        replace("log.1", "log.2");
        replace("log", "log.1");
        Files.write(path("live/log"), new byte[0]);
        assertStoredAtMost(3 * APPENDED_BYTES, session);
        Files.write(path("live/log"), noise(random, RENAMED_BYTES), StandardOpenOption.APPEND);
        session.capture().requestSweep();
        Version version = session.commit();
        replay(version, ReplayMode.EXACT, "copy");
        assertEquals(Listing.of(path("live")), Listing.of(path("copy")));
      }
    }
  }

  /** A file that is saved by a rename while its new content was captured half-written. */
  @Test
  void findsWhatAFileReplacedThatWasCapturedBeforeItWasComplete() throws IOException {
    byte[] bytes = noise(new Random(3), RENAMED_BYTES);
    Files.createDirectories(path("live"));
    Files.write(path("live/file"), bytes);
    try (StateDir dir = dir(kernel, "live")) {
      Session session = session(dir, null, null);
      session.commit();
      Files.write(path("live/new"), new byte[1]);
      session.capture().requestSweep();
      session.commit();
      for (int at = 100; at < bytes.length; at += 20_000) {
        bytes[at]++;
      }
      Files.write(path("live/new"), bytes);
      replace("new", "file");
      assertStoredAtMost(APPENDED_BYTES, session);
    }
  }

  private static byte[] noise(Random random, int size) {
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    return bytes;
  }

  private void replace(String from, String to) throws IOException {
    Files.move(path("live/" + from), path("live/" + to), StandardCopyOption.REPLACE_EXISTING);
  }

  private static Version assertStoredAtMost(int bytes, Session session) throws IOException {
    session.capture().requestSweep();
    Version version = session.commit();
    assertTrue(version.storedBytes() < bytes, () -> "stored " + version.storedBytes());
    return version;
  }
}
