package io.diffkeeper.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.bpf.Still;
import io.diffkeeper.capture.Capture;
import io.diffkeeper.capture.Freezer;
import io.diffkeeper.capture.Profiler;
import io.diffkeeper.capture.WritableMaps;
import io.diffkeeper.files.Attributes;
import io.diffkeeper.files.Dir;
import io.diffkeeper.files.Ids;
import io.diffkeeper.files.Policy;
import io.diffkeeper.files.StateDir;
import io.diffkeeper.replay.Replay;
import io.diffkeeper.replay.ReplayMode;
import io.diffkeeper.store.Origin;
import io.diffkeeper.store.StateName;
import io.diffkeeper.store.Store;
import io.diffkeeper.store.Tuning;
import io.diffkeeper.store.Version;
import io.diffkeeper.sys.Errno;
import io.diffkeeper.sys.Kernel;
import io.diffkeeper.sys.Syscalls;
import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Name;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Capture and replay meet in the store: what one reads, the other writes, byte for byte. */
class CaptureReplayTest {
  private static final Name PATH = Name.of("/data");
  private static final StateName STATE = new StateName("test", "state");
  private static final int RENAMED_BYTES = 300_000;

  private final Kernel kernel = new Kernel();
  private final Attributes attributes = new Attributes(Ids.SAME, new Policy(true, false));
  private final List<String> notes = new ArrayList<>();
  @TempDir Path temp;
  private Store store;

  @BeforeEach
  void openStore() {
    store = Store.open(temp.resolve("store"));
    store.create(STATE, HashAlgorithm.SHA256, "");
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  private StateDir dir(Kernel through, String name) throws IOException {
    Path path = Files.createDirectories(temp.resolve(name));
    return new StateDir(PATH, Dir.ofHost(through, Name.of(path.toString())), true, true);
  }

  private Session session(StateDir dir, Digest base, Version latest) {
    Capture capture =
        new Capture(
            List.of(dir),
            attributes,
            path -> path.toString().endsWith(".tmp"),
            WritableMaps.none(),
            Freezer.none(),
            List.of(),
            Capture.SETTLING_ROUNDS,
            new Profiler(1),
            notes::add);
    return new Session(
        store,
        STATE,
        capture,
        new Still(),
        new Origin("c1", ""),
        Tuning.DEFAULT,
        base,
        latest,
        new Figures());
  }

  private Version capture(String name) throws IOException {
    try (StateDir dir = dir(kernel, name)) {
      return session(dir, null, null).commit();
    }
  }

  private Replay.Done replay(Version version, ReplayMode mode, String into) throws IOException {
    return replay(kernel, version, mode, into);
  }

  private Replay.Done replay(Kernel through, Version version, ReplayMode mode, String into)
      throws IOException {
    try (StateDir dir = dir(through, into)) {
      Replay replay = new Replay(store, STATE, attributes, path -> false, () -> {}, notes::add);
      Replay.Target target = new Replay.Target(version.root(), version.base(), null);
      return replay.run(target, mode, List.of(dir));
    }
  }

  private Path path(String text) {
    return temp.resolve(text);
  }

  private void write(String file, String content) throws IOException {
    Files.createDirectories(path(file).getParent());
    Files.writeString(path(file), content);
  }

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

  /** A file that was renamed, changed and replaced, as logs are: stored as differences. */
  @Test
  void findsWhatARenamedAndAReplacedFileWere() throws IOException {
    byte[] bytes = new byte[RENAMED_BYTES];
    new Random(1).nextBytes(bytes);
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
      session.capture().requestSweep();
      Version moved = session.commit();
      assertTrue(moved.storedBytes() < RENAMED_BYTES / 20, () -> "stored " + moved.storedBytes());
      bytes[7]++;
      Files.write(path("live/new"), bytes);
      Files.move(path("live/new"), path("live/moved"), StandardCopyOption.REPLACE_EXISTING);
      session.capture().requestSweep();
      Version replaced = session.commit();
      assertTrue(
          replaced.storedBytes() < RENAMED_BYTES / 20, () -> "stored " + replaced.storedBytes());
      replay(replaced, ReplayMode.EXACT, "copy");
      assertEquals(Listing.of(path("live")), Listing.of(path("copy")));
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
