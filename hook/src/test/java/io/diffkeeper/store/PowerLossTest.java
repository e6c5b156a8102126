package io.diffkeeper.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.HashAlgorithm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a power loss leaves: all that two processes write to a store while they commit and collect
 * is recorded, then cut at any place. What was synced is there; of what was not, some pages are and
 * some are not. Each such store has to open, to verify, and to have what was acknowledged. By
 * default some cuts are tried, and as many as {@code -Ddiffkeeper.cuts} says ({@code make
 * test-crash}).
 */
@EnabledIfSystemProperty(
    named = "os.arch",
    matches = "amd64",
    disabledReason = "src/test/c/writelog.c knows the registers of this processor only")
class PowerLossTest {
  private static final int CUTS = Integer.getInteger("diffkeeper.cuts", 120);
  private static final int VERSIONS = CUTS > 1000 ? 29 : 8;
  private static final int CONTROLS_MAX = 200;
  private static final List<String> STATES = List.of("one", "two");

  @TempDir Path temp;

  private long seed;
  private Random random;
  private WriteLog log;

  @BeforeEach
  void record() throws Exception {
    seed = new Random().nextLong();
    System.out.println("PowerLossTest seed " + seed);
    random = new Random(seed);
    Path recorder = WriteLog.recorder(temp);
    Path dir = temp.resolve("store");
    try (Store store = Store.open(dir, Child.MAP_BYTES)) {
      for (String state : STATES) {
        store.create(new StateName("podman", state), HashAlgorithm.SHA256, "nginx");
      }
    }
    Path data = dir.resolve(StoreDirectory.DATA);
    byte[] before = Files.readAllBytes(data);
    Path file = temp.resolve("log");
    List<String> command = new ArrayList<>(List.of("" + recorder, "" + file, "" + data));
    command.addAll(List.of("sh", "-c", "\"$@\" one $VERSIONS & \"$@\" two $VERSIONS & wait", "sh"));
    command.addAll(Child.command(temp, Child.QUICK, "tell", dir.toString()));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("VERSIONS", "" + VERSIONS);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes());
    assertEquals(0, process.waitFor(), output);
    assertFalse(output.contains("failed"), output);
    log = WriteLog.read(file, before);
    for (String state : STATES) {
      assertEquals(VERSIONS, log.acknowledged(log.length()).get(state), output);
    }
  }

  @Test
  void losesNothingThatWasAcknowledged() throws IOException {
    List<Integer> barriers = log.barriers();
    System.out.println("PowerLossTest: " + log.length() + " events, " + barriers.size() + " syncs");
    for (int i = 0; i < CUTS; i++) {
      // Every barrier is a place where something may be missing: just before it, and just behind.
      int at = i < 2 * barriers.size() ? barriers.get(i / 2) + i % 2 : random(log.length() + 1);
      double kept = i % 3 == 0 ? 0 : i % 3 == 1 ? 1 : random.nextDouble();
      assertAllIsThere(at, log.image(0, at, kept, true, random));
    }
  }

  /** That nothing is found has to mean something. */
  @Test
  void wouldNoticeIfNothingWasSynced() throws IOException {
    for (int i = 0; i < CONTROLS_MAX; i++) {
      int at = random(log.length() + 1);
      try {
        assertAllIsThere(at, log.image(0, at, 0.5, false, random));
      } catch (AssertionError | DiffKeeperException noticed) {
        return;
      }
    }
    throw new AssertionError("nothing noticed, seed " + seed);
  }

  private int random(int bound) {
    return random.nextInt(bound);
  }

  private void assertAllIsThere(int at, byte[] image) throws IOException {
    String where = "cut at " + at + " of " + log.length() + ", seed " + seed;
    Path dir = RandomStore.store(temp.resolve("image"), image);
    Files.deleteIfExists(dir.resolve(StoreDirectory.LOCK));
    try (Store store = Store.openExisting(dir)) {
      assertEquals(List.of(), store.verify(null).problems(), where);
      for (Map.Entry<String, Integer> told : log.acknowledged(at).entrySet()) {
        StateName state = new StateName("podman", told.getKey());
        long latest = store.state(state).map(StateInfo::latest).map(Version::number).orElse(0L);
        assertTrue(latest >= told.getValue(), where + ": " + latest + " of " + told);
        Child.check(store, state, latest);
      }
    }
  }
}
