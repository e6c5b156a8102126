package io.diffkeeper.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.replay.ReplayMode;
import io.diffkeeper.sys.Call;
import io.diffkeeper.sys.Errno;
import io.diffkeeper.sys.Kernel;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A replay that fails before it has verified everything leaves the image's tree as it was. */
class FailedReplayTest {
  private static final Lives.Work NOTHING = tree -> {};
  private static final Lives.Work IMAGE = tree -> Sketch.image(tree, "f=1 d/x=1 gone=1 l->f");
  private static final int FILES = 40;

  @TempDir Path temp;
  private Lives lives;

  @BeforeEach
  void begin() {
    lives = new Lives(temp);
  }

  /** Many files, so that several threads are at it; the last one has known bytes. */
  private static void change(Path tree) throws IOException {
    Sketch.change(tree, "f=c d/x=c n/new=c l->d");
    byte[] bytes = new byte[100_000];
    Random random = new Random(3);
    for (int i = 0; i < FILES; i++) {
      random.nextBytes(bytes);
      Files.write(tree.resolve("n/r" + i), bytes);
    }
    Files.writeString(tree.resolve("z"), "the last file's own bytes");
  }

  private void assertFailsAndChangesNothing(ExitCode code, ReplayMode mode) throws IOException {
    Path tree = lives.tree("c2", IMAGE);
    String before = Listing.of(tree);
    DiffKeeperException e =
        assertThrows(
            DiffKeeperException.class, () -> lives.live("c2", "app:1", IMAGE, NOTHING, mode));
    assertEquals(code, e.exitCode(), e.getMessage());
    assertEquals(before, Listing.of(tree));
  }

  @Test
  void aDamagedChunkInTheLastFile() throws IOException {
    lives.live("c1", "app:1", IMAGE, FailedReplayTest::change);
    damage(lives.store().resolve("data.mdb"), "the last file's own bytes");
    assertFailsAndChangesNothing(ExitCode.CORRUPT, ReplayMode.MERGE);
    assertFailsAndChangesNothing(ExitCode.CORRUPT, ReplayMode.EXACT);
  }

  private static void damage(Path file, String text) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    byte[] wanted = text.getBytes(StandardCharsets.US_ASCII);
    try (RandomAccessFile store = new RandomAccessFile(file.toFile(), "rw")) {
      int hits = 0;
      for (int at = 0; at + wanted.length <= bytes.length; at++) {
        if (bytes[at] == wanted[0]
            && java.util.Arrays.equals(bytes, at, at + wanted.length, wanted, 0, wanted.length)) {
          store.seek(at + 3);
          store.write(bytes[at + 3] ^ 1);
          hits++;
        }
      }
      assertTrue(hits > 0, "the bytes are not in the store as they are");
    }
  }

  @Test
  void aFileSystemThatGetsFullInTheMiddle() throws Exception {
    lives.live("c1", "app:1", IMAGE, FailedReplayTest::change);
    Path tree = Files.createDirectories(temp.resolve("trees/c2"));
    String[] mount = {"mount", "-t", "tmpfs", "-o", "size=2m", "none", tree.toString()};
    assumeTrue(new ProcessBuilder(mount).start().waitFor() == 0, "cannot mount");
    try {
      IMAGE.in(tree);
      assertFailsAndChangesNothing(ExitCode.NO_SPACE, ReplayMode.MERGE);
      assertFailsAndChangesNothing(ExitCode.NO_SPACE, ReplayMode.EXACT);
    } finally {
      new ProcessBuilder("umount", tree.toString()).start().waitFor();
    }
  }

  @Test
  void aWriteThatFails() throws IOException {
    lives.live("c1", "app:1", IMAGE, FailedReplayTest::change);
    lives.through(OldKernel.failing(Call.PWRITE64, Errno.EIO));
    assertFailsAndChangesNothing(ExitCode.REPLAY_FAILED, ReplayMode.MERGE);
    lives.through(new Kernel());
    lives.live("c2", "app:1", IMAGE, NOTHING);
    assertEquals(Listing.of(temp.resolve("trees/c1")), Listing.of(temp.resolve("trees/c2")));
  }

  @Test
  void whatAKilledReplayLeftIsRemoved() throws IOException {
    lives.live("c1", "app:1", IMAGE, FailedReplayTest::change);
    Path stage = lives.tree("c2", IMAGE).resolve(".diffkeeper-replay");
    Files.createDirectories(stage.resolve("17/deep"));
    Files.writeString(stage.resolve("17/deep/half"), "half");
    lives.live("c2", "app:1", IMAGE, NOTHING);
    assertFalse(Files.exists(stage));
    assertEquals(Listing.of(temp.resolve("trees/c1")), Listing.of(temp.resolve("trees/c2")));
  }
}
