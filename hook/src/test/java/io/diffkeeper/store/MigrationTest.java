package io.diffkeeper.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Stores of format 1 become stores of formats that there are not, and that differ from it by a
 * note: there is no older format yet to try it with.
 */
class MigrationTest {
  private static final Path SAMPLE = Path.of("src/test/resources/store/format-1");
  private static final ByteBuffer NOTE = Records.direct(new byte[] {'n', 'o', 't', 'e'});
  private static final int NOW = StoreFormat.CURRENT.version();

  @TempDir Path temp;

  private final List<Integer> done = new ArrayList<>();
  private final StoreFormat later =
      new StoreFormat(NOW + 2, Map.of(NOW, note(1), NOW + 1, note(2)));
  private String expected;
  private Path dir;

  @BeforeEach
  void unpack() throws IOException {
    byte[] data = Files.readAllBytes(SAMPLE.resolve(StoreDirectory.DATA));
    dir = RandomStore.store(temp.resolve("store"), data);
    expected = Files.readString(SAMPLE.resolve("expected.txt"));
  }

  private StoreFormat.Migration note(int step) {
    return (txn, environment) -> {
      done.add(step);
      ByteBuffer value = ByteBuffer.allocateDirect(1).put((byte) step).flip();
      environment.dbi(Environment.META).put(txn, NOTE, value);
    };
  }

  private void assertAsItWas(Store store) throws IOException {
    assertEquals(List.of(), store.verify(null).problems());
    assertEquals(expected, SampleStore.describe(store));
  }

  private DiffKeeperException refused(StoreFormat format) {
    return assertThrows(
        DiffKeeperException.class, () -> Store.open(dir, Child.MAP_BYTES, format).close());
  }

  @Test
  void migratesStepByStepOnOpeningAndOnce() throws IOException {
    for (int i = 0; i < 2; i++) {
      try (Store store = Store.open(dir, Child.MAP_BYTES, later)) {
        assertEquals(List.of(1, 2), done);
        assertAsItWas(store);
        Environment environment = store.environment();
        byte last = environment.read(txn -> environment.dbi(Environment.META).get(txn, NOTE).get());
        assertEquals(2, last);
      }
    }
    byte[] before = Files.readAllBytes(dir.resolve(StoreDirectory.DATA));
    DiffKeeperException newer = refused(StoreFormat.CURRENT);
    assertEquals(ExitCode.CORRUPT, newer.exitCode());
    assertTrue(newer.getMessage().contains("has format " + later.version()), newer.getMessage());
    assertArrayEquals(before, Files.readAllBytes(dir.resolve(StoreDirectory.DATA)));
  }

  @Test
  void leavesTheOldFormatWhenItIsKilled() throws Exception {
    try (Child child = Child.start(temp, Child.QUICK, "migrate", dir.toString())) {
      assertEquals("migrating", child.line());
      DiffKeeperException busy = refused(StoreFormat.CURRENT);
      assertEquals(ExitCode.BUSY, busy.exitCode());
      assertTrue(busy.getMessage().contains("to a new format"), busy.getMessage());
      child.kill("");
    }
    try (Store store = Store.open(dir)) {
      assertAsItWas(store);
    }
    Store.open(dir, Child.MAP_BYTES, later).close();
    assertEquals(List.of(1, 2), done);
  }

  @Test
  void isRefusedWhileOthersHaveTheStoreOpen() throws Exception {
    try (Child reader = Child.start(temp, Child.QUICK, "hold", dir.toString())) {
      assertEquals("reading", reader.line());
      DiffKeeperException busy = refused(later);
      assertEquals(ExitCode.BUSY, busy.exitCode());
      assertTrue(busy.getMessage().contains("changed to format 3"), busy.getMessage());
      reader.kill("");
    }
    assertEquals(List.of(), done);
  }

  @Test
  void leavesTheOldFormatWhenAStepFails() throws IOException {
    StoreFormat.Migration failing =
        (txn, environment) -> {
          environment.dbi(Environment.OBJECTS).drop(txn);
          throw new DiffKeeperException(ExitCode.NO_SPACE, "no space");
        };
    StoreFormat format = new StoreFormat(NOW + 2, Map.of(NOW, note(1), NOW + 1, failing));
    assertEquals(ExitCode.NO_SPACE, refused(format).exitCode());
    try (Store store = Store.open(dir)) {
      assertAsItWas(store);
    }
  }

  @Test
  void refusesAFormatThatNothingLeadsFrom() {
    StoreFormat format = new StoreFormat(NOW + 2, Map.of(NOW + 1, note(2)));
    DiffKeeperException old = refused(format);
    assertEquals(ExitCode.CORRUPT, old.exitCode());
    assertTrue(old.getMessage().contains("does not know"), old.getMessage());
    assertEquals(List.of(), done);
  }
}
