package io.diffkeeper.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The committed stores of every format that was released: all open, all verify, none changed. */
class OldFormatsTest {
  private static final Path SAMPLES = Path.of("src/test/resources/store");

  @TempDir Path temp;

  private Path unpack(String format) throws IOException {
    Path dir = Files.createDirectory(temp.resolve("store"));
    Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwx------"));
    Files.copy(SAMPLES.resolve(format).resolve("data.mdb"), dir.resolve("data.mdb"));
    return dir;
  }

  @ParameterizedTest
  @ValueSource(strings = {"format-1"})
  void readsAndWritesAStoreOf(String format) throws IOException {
    Path dir = unpack(format);
    String expected = Files.readString(SAMPLES.resolve(format).resolve("expected.txt"));
    try (Store store = Store.openExisting(dir)) {
      assertEquals(List.of(), store.verify(null).problems());
      assertEquals(expected, SampleStore.describe(store));
      Trees.commit(store, "more", Contents.of(new byte[100_000]));
      store.forget(
          Trees.WEB,
          new io.diffkeeper.Retention(3, java.time.Duration.ZERO, 0, 0, 0),
          java.time.Instant.EPOCH);
      store.collect(true);
      assertEquals(List.of(), store.verify(null).problems());
      assertEquals(3, store.versions(Trees.WEB).size());
    }
  }

  /** Refused in one line, which it gives, and nothing in the directory is touched. */
  private static String assertRefused(ExitCode code, Path dir) throws IOException {
    Object before = contents(dir);
    DiffKeeperException refused =
        assertThrows(DiffKeeperException.class, () -> Store.open(dir).close());
    assertEquals(code, refused.exitCode(), refused.getMessage());
    assertFalse(refused.getMessage().contains("\n"), refused.getMessage());
    assertEquals(before, contents(dir));
    return refused.getMessage();
  }

  private static Object contents(Path dir) throws IOException {
    try (Stream<Path> files = Files.list(dir)) {
      return Stream.concat(Stream.of(dir), files)
          .sorted()
          .map(
              file -> {
                try {
                  return file
                      + " "
                      + (file == dir ? "" : Arrays.hashCode(Files.readAllBytes(file)))
                      + " "
                      + Files.readAttributes(file, "unix:ino,mode,lastModifiedTime,ctime");
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              })
          .toList();
    }
  }

  @Test
  void refusesATruncatedStore() throws IOException {
    Path dir = unpack("format-1");
    Path data = dir.resolve("data.mdb");
    byte[] whole = Files.readAllBytes(data);
    for (int bytes : new int[] {1, 100, 4096, 8192, 12_000, whole.length / 2, whole.length - 1}) {
      Files.write(data, Arrays.copyOf(whole, bytes));
      assertRefused(ExitCode.CORRUPT, dir);
    }
    Files.write(data, whole);
    Store.open(dir).close();
    Files.write(data, new byte[0]); // not taken for one that is just being made
    assertRefused(ExitCode.CORRUPT, dir);
  }

  @Test
  void refusesWhatIsNoStore() throws IOException {
    Path dir = unpack("format-1");
    Path data = dir.resolve("data.mdb");
    byte[] whole = Files.readAllBytes(data);
    for (byte[] foreign :
        List.of(
            new byte[100_000],
            "PRAGMA foreign_keys=OFF;\n".repeat(1000).getBytes(),
            Arrays.copyOfRange(whole, 4096, whole.length))) {
      Files.write(data, foreign);
      assertRefused(ExitCode.CORRUPT, dir);
    }
  }

  @Test
  void refusesANewerFormat() throws IOException {
    Path dir = unpack("format-1");
    try (Store store = Store.open(dir)) {
      Environment environment = store.environment();
      environment.write(
          txn -> {
            int newer = StoreFormat.CURRENT.version() + 1;
            StoreFormat.put(txn, environment.dbi(Environment.META), newer);
            return null;
          });
    }
    String said = assertRefused(ExitCode.CORRUPT, dir);
    assertTrue(said.contains("this program knows up to 1"), said);
    Files.delete(dir.resolve(StoreDirectory.LOCK));
    Files.delete(dir.resolve(WriterGate.FILE));
    assertRefused(ExitCode.CORRUPT, dir); // nothing is made there, either
  }

  @Test
  void refusesADirectoryThatOthersCanRead() throws IOException {
    Path dir = unpack("format-1");
    for (String mode : List.of("rwxr-x---", "rwxrwxrwx", "rwx-----x")) {
      Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString(mode));
      assertRefused(ExitCode.BAD_INPUT, dir);
    }
  }
}
