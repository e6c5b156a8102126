package io.diffkeeper.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.HashAlgorithm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a power loss leaves of a store that is just being made: none, for which a new one is made
 * without a complaint, or one that has what was acknowledged. Each event of the recording is a
 * place to cut; names that the directory was not synced with may be missing.
 */
@EnabledIfSystemProperty(
    named = "os.arch",
    matches = "amd64",
    disabledReason = "src/test/c/writelog.c knows the registers of this processor only")
class NewStorePowerLossTest {
  private static final int ROUNDS = Math.max(2, Integer.getInteger("diffkeeper.cuts", 0) / 100);
  private static final int VERSIONS = 2;
  private static final int CONTROLS_MAX = 1000;
  private static final StateName STATE = new StateName("podman", "one");
  private static final List<String> NAMES =
      List.of(StoreDirectory.DATA, StoreDirectory.LOCK, WriterGate.FILE);

  @TempDir Path temp;

  private final long seed = new Random().nextLong();
  private final Random random = new Random(seed);
  private WriteLog log;

  @BeforeEach
  void record() throws Exception {
    System.out.println("NewStorePowerLossTest seed " + seed);
    Path dir = temp.resolve("store");
    Path file = temp.resolve("log");
    List<String> followed = new ArrayList<>();
    NAMES.forEach(name -> followed.add(dir.resolve(name).toString()));
    followed.add(dir.toString());
    List<String> command = new ArrayList<>();
    command.addAll(List.of("" + WriteLog.recorder(temp), "" + file, String.join(":", followed)));
    String[] words = {"tell", dir.toString(), STATE.name(), "" + VERSIONS};
    command.addAll(Child.command(temp, Child.QUICK, words));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes());
    assertEquals(0, process.waitFor(), output);
    log = WriteLog.read(file, new byte[0]);
    assertEquals(VERSIONS, log.acknowledged(log.length()).get(STATE.name()), output);
  }

  @Test
  void leavesAValidStoreOrNone() throws IOException {
    System.out.println("NewStorePowerLossTest: " + log.length() + " events");
    int made = 0;
    for (int at = 0; at <= log.length(); at++) {
      for (int i = 0; i < 3 * ROUNDS; i++) {
        double kept = i % 3 == 0 ? 0 : i % 3 == 1 ? 1 : random.nextDouble();
        made += isThere(at, kept, true) ? 1 : 0;
      }
    }
    assertTrue(made > 0, "some of them had a store");
  }

  /** That nothing is found has to mean something. */
  @Test
  void wouldNoticeIfNothingWasSynced() throws IOException {
    for (int i = 0; i < CONTROLS_MAX; i++) {
      try {
        isThere(random.nextInt(log.length() + 1), 0.5, false);
      } catch (AssertionError | DiffKeeperException noticed) {
        return;
      }
    }
    throw new AssertionError("nothing noticed, seed " + seed);
  }

  /** Whether there was a state; fails if the store cannot be used, or has lost something. */
  private boolean isThere(int at, double kept, boolean synced) throws IOException {
    String where = "cut at " + at + " of " + log.length() + ", seed " + seed;
    Path dir = Files.createTempDirectory(temp, "image");
    Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwx------"));
    int there = log.names(at, NAMES.size(), synced, random);
    for (int i = 0; i < NAMES.size(); i++) {
      if ((there & 1 << i) != 0) {
        Files.write(dir.resolve(NAMES.get(i)), log.image(i, at, kept, synced, random));
      }
    }
    boolean found;
    boolean existing = exists(dir, where);
    try (Store store = Store.open(dir)) {
      found = store.state(STATE).isPresent();
      assertTrue(existing || !found, where + ": was said to be none");
      for (Map.Entry<String, Integer> told : log.acknowledged(at).entrySet()) {
        long latest = found ? store.state(STATE).orElseThrow().latest().number() : 0;
        assertTrue(latest >= told.getValue(), where + ": " + latest + " of " + told);
        Child.check(store, STATE, latest);
      }
      store.create(STATE, HashAlgorithm.SHA256, "nginx");
      Trees.commit(store, STATE, Child.content(1));
      assertEquals(List.of(), store.verify(null).problems(), where);
    } catch (DiffKeeperException e) {
      throw new AssertionError(where, e);
    }
    Store.openExisting(dir).close();
    return found;
  }

  /** Whether there is a store; fails if one was made by looking. */
  private static boolean exists(Path dir, String where) {
    try {
      Store.openExisting(dir).close();
      return true;
    } catch (DiffKeeperException e) {
      assertEquals(ExitCode.NOT_FOUND, e.exitCode(), where);
      assertThrows(DiffKeeperException.class, () -> Store.openExisting(dir), where);
      return false;
    }
  }
}
