package io.diffkeeper.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.Meter;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Repairs that are killed, at any instant and before any of their writes and syncs: the store has
 * the old damage or is repaired, and is repaired in the end. By default a few, and as often as
 * {@code -Ddiffkeeper.kills} says ({@code make test-crash}).
 */
class KilledRepairTest {
  private static final int KILLS = Integer.getInteger("diffkeeper.kills", 8);
  private static final int KILLS_EACH = 10;
  private static final int SIGKILL = 9;
  private static final int PAGE = 4096;

  @TempDir Path temp;

  private final long seed = new Random().nextLong();
  private final Random random = new Random(seed);
  private Path library;
  private Path dir;
  private int damaged;
  private int repaired;

  /**
   * A damaged store, and what a repair of it that nobody disturbs comes to.
   *
   * @param anew whether the file has to be written anew
   * @param symptoms what a verification says before
   * @param calls how many writes and syncs it takes
   * @param nanos how long it takes
   * @param contents what the store holds afterwards
   */
  private record Patient(
      byte[] bytes, boolean anew, String symptoms, int calls, long nanos, String contents) {}

  @Test
  void leavesTheDamagedOrTheRepairedStore() throws Exception {
    System.out.println("KilledRepairTest seed " + seed);
    library = FailingCallsTest.compile(temp);
    byte[] sample = RandomStore.make(temp, random).bytes();
    int patients = Math.max(2, KILLS / KILLS_EACH);
    for (int i = 0; i < patients; i++) {
      Patient patient = patient(sample, i % 2 == 0);
      kill(patient, 1);
      kill(patient, patient.calls);
      for (int n = KILLS / patients - 2; n > 0; n--) {
        kill(patient, random.nextBoolean() ? 1 + random.nextInt(patient.calls) : 0);
      }
      finish(patient);
    }
    System.out.printf("KilledRepairTest: %d still damaged, %d repaired%n", damaged, repaired);
    assertTrue(damaged >= patients, "killed before the first call");
  }

  /** Damages an object, or a page: repaired in one transaction, or by a new file. */
  private Patient patient(byte[] sample, boolean page) throws Exception {
    while (true) {
      byte[] bytes = sample.clone();
      int at = page ? PAGE * random.nextInt(sample.length / PAGE) : random.nextInt(sample.length);
      bytes[at + (page ? random.nextInt(16) : 0)] ^= (byte) (1 + random.nextInt(255));
      begin(bytes);
      String symptoms = symptoms();
      if (!symptoms.isEmpty() && page == (DataFile.faultOf(dir) != null)) {
        return patient(bytes, page, symptoms);
      }
    }
  }

  private Patient patient(byte[] bytes, boolean anew, String symptoms) throws Exception {
    Path count = Files.createTempFile(temp, "count", "");
    long start;
    try (Child child = repair(0, 0, count)) {
      assertEquals("repairing", child.line());
      start = System.nanoTime();
      assertEquals("repaired", child.line());
    }
    long nanos = System.nanoTime() - start;
    assertEquals("", symptoms(), where());
    Patient patient =
        new Patient(bytes, anew, symptoms, (int) Files.size(count), nanos, contents());
    begin(bytes);
    return patient;
  }

  private void begin(byte[] bytes) throws IOException {
    dir = RandomStore.store(Files.createTempDirectory(temp, "try").resolve("store"), bytes);
  }

  private Child repair(int call, int signal, Path count) throws IOException {
    Map<String, String> environment =
        FailingCallsTest.environment(library, dir, call, -signal, count);
    return Child.start(temp, environment, Child.QUICK, "repair", dir.toString());
  }

  /**
   * Kills one repair, of this store or of what another one left, and looks at what it leaves.
   *
   * @param call the write or sync that it does not get to; 0 for any instant
   */
  private void kill(Patient patient, int call) throws Exception {
    try (Child child = repair(call, SIGKILL, temp.resolve("other"))) {
      assertEquals("repairing", child.line());
      if (call > 0) {
        child.end();
      } else {
        LockSupport.parkNanos((long) (random.nextDouble() * patient.nanos));
        child.kill("");
      }
    }
    String now = symptoms();
    if (now.isEmpty()) {
      repaired++;
      finish(patient);
      begin(patient.bytes);
    } else {
      damaged++;
      assertEquals(patient.symptoms, now, where());
      assertKept(patient);
    }
  }

  /** Nobody disturbs the last one. */
  private void finish(Patient patient) throws IOException {
    Repair.run(dir, null, false, RandomStore.STATES, Meter.unwatched());
    assertEquals("", symptoms(), where());
    assertEquals(patient.contents, contents(), where());
    assertTrue(assertKept(patient) == 1 || !patient.anew, where());
    assertFalse(Files.exists(dir.resolve("repair")), where());
  }

  /** What is kept of the damaged file is all of it; gives how often it is kept, once at most. */
  private int assertKept(Patient patient) throws IOException {
    List<Path> kept = new ArrayList<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(dir, "data.mdb.damaged-*")) {
      found.forEach(kept::add);
    }
    assertTrue(kept.size() <= 1, where() + kept);
    for (Path file : kept) {
      assertArrayEquals(patient.bytes, Files.readAllBytes(file), where());
    }
    return kept.size();
  }

  /** What is wrong with the store; empty if nothing is. */
  private String symptoms() {
    try (Store store = Store.openExisting(dir)) {
      VerifyReport report = store.verify(null);
      return report.ok() ? "" : report.problems().toString();
    } catch (DiffKeeperException e) {
      assertEquals(ExitCode.CORRUPT, e.exitCode(), e.getMessage());
      return e.getMessage().replace(dir.toString(), "STORE");
    }
  }

  private String contents() throws IOException {
    try (Store store = Store.openExisting(dir)) {
      return SampleStore.describe(store);
    }
  }

  private String where() {
    return "seed " + seed + " ";
  }
}
