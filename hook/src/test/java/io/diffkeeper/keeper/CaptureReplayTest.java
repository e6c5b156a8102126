package io.diffkeeper.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.files.StateDir;
import io.diffkeeper.replay.Replay;
import io.diffkeeper.replay.ReplayMode;
import io.diffkeeper.store.Version;
import io.diffkeeper.sys.Errno;
import io.diffkeeper.sys.Kernel;
import io.diffkeeper.sys.Syscalls;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Capture and replay meet in the store: what one reads, the other writes, byte for byte. */
class CaptureReplayTest extends CapturedTrees {
  @Test
  void anExactReplayOfACaptureIsTheSameTree() throws IOException {
    RandomTree.in(path("live"), new Random(7)).grow(200);
    Version version = capture("live");
    replay(version, ReplayMode.EXACT, "copy");
    assertEquals(Listing.of(path("live")), Listing.of(path("copy")));
    replay(version, ReplayMode.EXACT, "copy");
    assertEquals(Listing.of(path("live")), Listing.of(path("copy")), "twice is once");
  }

  /** With holes at its start, across the ends of parts, and at its end; and twice by name. */
  @Test
  void aLargeFileIsWrittenInParts() throws IOException {
    Files.createDirectories(path("live/d"));
    byte[] data = new byte[3_000_000];
    new Random(9).nextBytes(data);
    try (RandomAccessFile file = new RandomAccessFile(path("live/d/large").toFile(), "rw")) {
      for (long offset : new long[] {300_000, 5_000_001, 40_000_000}) {
        file.seek(offset);
        file.write(data);
      }
      file.setLength(50_000_000);
    }
    Files.write(path("live/d/whole"), new byte[(4 << 20) + 1]);
    Files.createLink(path("live/hard"), path("live/d/large"));
    Version version = capture("live");
    Replay.Done done = replay(version, ReplayMode.EXACT, "copy");
    assertEquals(Listing.of(path("live")), Listing.of(path("copy")));
    assertEquals(Files.size(path("live/d/whole")), Files.size(path("copy/d/whole")));
    assertTrue(done.bytes() < 4 * data.length + (5 << 20), "holes are not written");
    Files.delete(path("live/hard"));
    replay(capture("live"), ReplayMode.EXACT, "another");
    assertEquals(Listing.of(path("live")), Listing.of(path("another")));
  }

  /** Its length is all that is large about it. */
  @Test
  void aFileThatIsNearlyAllHoleTakesNoTimeForIt() throws IOException {
    Files.createDirectories(path("live"));
    long end = 15L << 40; // ext4 takes 16 TiB
    try (RandomAccessFile file = new RandomAccessFile(path("live/sparse").toFile(), "rw")) {
      file.seek(end - 3);
      file.write(new byte[] {1, 2, 3});
    }
    Replay.Done done = replay(capture("live"), ReplayMode.EXACT, "copy");
    assertTrue(done.bytes() < 1 << 20, done.bytes() + " bytes");
    assertEquals(end, Files.size(path("copy/sparse")));
    try (RandomAccessFile file = new RandomAccessFile(path("copy/sparse").toFile(), "r")) {
      file.seek(end - 3);
      assertEquals(0x010203, file.read() << 16 | file.read() << 8 | file.read());
    }
  }

  @Test
  void everyVersionOfAChangingTreeReplaysOverAnyOther() throws IOException {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    List<Version> versions = new ArrayList<>();
    List<String> listings = new ArrayList<>();
    RandomTree tree = RandomTree.in(path("live"), random);
    try (StateDir dir = dir(kernel, "live")) {
      Session session = session(dir, null, null);
      for (int i = 0; i < 12; i++) {
        tree.grow(20);
        session.capture().requestSweep();
        versions.add(session.commit());
        listings.add(Listing.of(path("live")));
      }
    }
    for (int i = 0; i < 24; i++) {
      int pick = random.nextInt(versions.size());
      replay(versions.get(pick), ReplayMode.EXACT, "copy");
      assertEquals(listings.get(pick), Listing.of(path("copy")), "seed " + seed);
    }
    assertTrue(store.verify(null).ok());
  }

  @Test
  void nothingNewMakesNoVersion() throws IOException {
    write("live/file", "x");
    try (StateDir dir = dir(kernel, "live")) {
      Session session = session(dir, null, null);
      Version first = session.commit();
      session.capture().requestSweep();
      assertEquals(first.number(), session.commit().number());
      write("live/file", "y");
      session.capture().requestSweep();
      assertNotEquals(first.number(), session.commit().number());
    }
  }

  @Test
  void mergeLeavesToTheImageWhatTheContainerDidNotChange() throws IOException {
    write("live/kept", "image 1");
    write("live/changed", "image 1");
    write("live/deleted", "image 1");
    write("live/dir/untouched", "image 1");
    try (StateDir dir = dir(kernel, "live")) {
      Session session = session(dir, null, null);
      session.commit();
      write("live/changed", "container");
      write("live/new/file", "container");
      Files.delete(path("live/deleted"));
      session.capture().requestSweep();
      Version version = session.commit();
      write("next/kept", "image 2");
      write("next/changed", "image 2");
      write("next/deleted", "image 2");
      write("next/dir/untouched", "image 2");
      write("next/added", "image 2");
      replay(version, ReplayMode.MERGE, "next");
    }
    assertEquals("image 2", Files.readString(path("next/kept")));
    assertEquals("image 2", Files.readString(path("next/dir/untouched")));
    assertEquals("image 2", Files.readString(path("next/added")));
    assertEquals("container", Files.readString(path("next/changed")));
    assertEquals("container", Files.readString(path("next/new/file")));
    assertFalse(Files.exists(path("next/deleted")));
  }

  @Test
  void directoriesAndFilesReplaceEachOther() throws IOException {
    write("live/a/inner", "directory");
    write("live/b", "file");
    Version version = capture("live");
    write("copy/a", "file");
    write("copy/b/inner", "directory");
    replay(version, ReplayMode.EXACT, "copy");
    assertEquals(Listing.of(path("live")), Listing.of(path("copy")));
  }

  @Test
  void whatIsExcludedIsNotCaptured() throws IOException {
    write("live/file.tmp", "x");
    write("live/file", "x");
    replay(capture("live"), ReplayMode.EXACT, "copy");
    assertFalse(Files.exists(path("copy/file.tmp")));
    assertTrue(Files.exists(path("copy/file")));
  }

  @Test
  void aSystemCallThatFailsLeavesEveryFileOldOrNew() throws IOException {
    write("live/a", "new a");
    write("live/d/b", "new b");
    Files.createLink(path("live/hard"), path("live/a"));
    Files.createSymbolicLink(path("live/soft"), Path.of("a"));
    Version version = capture("live");
    int failures = 0;
    for (int n = 1; ; n++) {
      String into = "copy" + n;
      write(into + "/a", "old a");
      write(into + "/d/b", "old b");
      AtomicInteger calls = new AtomicInteger();
      int failing = n;
      Syscalls linux = Kernel.linux();
      Kernel broken =
          new Kernel(
              (call, a1, a2, a3, a4, a5) ->
                  calls.incrementAndGet() == failing
                      ? -Errno.EIO
                      : linux.call(call, a1, a2, a3, a4, a5));
      try {
        replay(broken, version, ReplayMode.EXACT, into);
        if (calls.get() < failing) {
          break;
        }
      } catch (DiffKeeperException | IOException e) {
        failures++;
      }
      String a = Files.readString(path(into + "/a"));
      assertTrue(a.equals("old a") || a.equals("new a"), a);
      Path b = path(into + "/d/b");
      assertTrue(!Files.exists(b) || Files.readString(b).matches("(old|new) b"));
      replay(version, ReplayMode.EXACT, into);
      assertEquals(Listing.of(path("live")), Listing.of(path(into)), "call " + n);
    }
    assertTrue(failures > 20, "only " + failures + " calls could fail");
  }

  @Test
  void aFullDiskIsToldAndLeavesTheTree() throws IOException {
    write("live/a", "new a");
    Version version = capture("live");
    write("copy/a", "old a");
    Syscalls linux = Kernel.linux();
    Kernel full =
        new Kernel(
            (call, a1, a2, a3, a4, a5) ->
                call == io.diffkeeper.sys.Call.PWRITE64
                    ? -Errno.ENOSPC
                    : linux.call(call, a1, a2, a3, a4, a5));
    DiffKeeperException e =
        assertThrows(
            DiffKeeperException.class, () -> replay(full, version, ReplayMode.EXACT, "copy"));
    assertEquals(ExitCode.NO_SPACE, e.exitCode());
    assertEquals("old a", Files.readString(path("copy/a")));
    assertFalse(Files.exists(path("copy/.diffkeeper-replay")));
  }
}
