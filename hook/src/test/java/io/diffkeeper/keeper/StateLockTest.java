package io.diffkeeper.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.store.StateName;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One writer: a lock that another process holds, and what it leaves behind. */
class StateLockTest {
  private static final StateName STATE = new StateName("test", "state");
  private static final Duration SOON = Duration.ofMillis(50);

  @TempDir Path store;
  private Process other;

  /** Locks in another process, for a lock is a process's; says "held", and ends with its input. */
  public static final class Holder {
    private Holder() {}

    /** Arguments: the store and the holder's line. */
    public static void main(String[] args) throws IOException {
      StateLock.acquire(Path.of(args[0]), STATE, args[1], Duration.ZERO);
      System.out.println("held");
      System.in.read();
      System.exit(0);
    }
  }

  private void holdElsewhere(String line) throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin/java").toString();
    List<String> words =
        List.of(
            java,
            "-cp",
            System.getProperty("java.class.path"),
            Holder.class.getName(),
            store.toString(),
            line);
    other = new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    assertEquals("held", other.inputReader().readLine());
  }

  @AfterEach
  void endOther() {
    if (other != null) {
      other.destroyForcibly();
    }
  }

  private StateLock acquire(Duration wait) {
    return StateLock.acquire(store, STATE, "us", wait);
  }

  private void assertBusy(String holder) {
    DiffKeeperException e = assertThrows(DiffKeeperException.class, () -> acquire(SOON));
    assertEquals(ExitCode.BUSY, e.exitCode());
    assertEquals("state test/state is held by " + holder, e.getMessage());
  }

  @Test
  void namesTheHolderWhenTheTimeIsOver() throws IOException {
    holdElsewhere("container c1, process 17");
    assertEquals("container c1, process 17", StateLock.holder(store, STATE));
    assertBusy("container c1, process 17");
  }

  @Test
  void diesWithItsHolder() throws Exception {
    holdElsewhere("container c1, process 17");
    assertBusy("container c1, process 17");
    other.destroyForcibly().waitFor();
    assertNull(StateLock.holder(store, STATE), "the line is still there, and means nothing");
    acquire(SOON).close();
  }

  @Test
  void waitsForAHolderThatLetsGo() throws IOException {
    holdElsewhere("container c1");
    other.getOutputStream().close(); // it ends while we wait
    try (StateLock lock = acquire(Duration.ofSeconds(30))) {
      assertTrue(lock != null);
    }
  }

  @Test
  void namesSomebodyWhereTheFileHasNoName() throws IOException {
    holdElsewhere("");
    assertBusy("somebody");
  }

  @Test
  void isTakenWhateverTheFileHolds() throws IOException {
    Path file = Files.createDirectories(store.resolve("locks")).resolve("test~state");
    byte[] garbage = new byte[100_000];
    new java.util.Random(1).nextBytes(garbage);
    Files.write(file, garbage);
    assertNull(StateLock.holder(store, STATE));
    acquire(SOON).close();
    assertEquals("us", Files.readString(file, StandardCharsets.UTF_8));
  }

  @Test
  void garbageIsToldInOneLine() throws IOException {
    holdElsewhere("container c1");
    Files.write(store.resolve("locks/test~state"), new byte[] {'a', '\n', 0, 27, (byte) 0xff, 'b'});
    DiffKeeperException e = assertThrows(DiffKeeperException.class, () -> acquire(SOON));
    assertTrue(e.getMessage().endsWith("is held by a \ufffdb"), e.getMessage());
  }
}
