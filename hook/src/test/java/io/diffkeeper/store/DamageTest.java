package io.diffkeeper.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.Meter;
import io.diffkeeper.tree.Entry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What one wrong byte in the data file does: it is found, or it does no harm. */
class DamageTest {
  private static final int FLIPS = 2000;
  private static final int META_BYTES = 152;
  private static final int HEADERS = 30;

  @TempDir Path temp;

  private RandomStore sample;

  private byte[] sample(Random random) throws IOException {
    sample = RandomStore.make(temp, random);
    return sample.bytes();
  }

  @Test
  void hashesEveryPackHoweverManyThereAre() throws IOException {
    Random random = new Random(4);
    try (Store store = Store.open(temp.resolve("store"))) {
      store.create(Trees.WEB, HashAlgorithm.SHA256, "nginx");
      for (int i = 0; i < Place.PACKS_MAX + 6; i++) {
        byte[] bytes = new byte[Manifest.LEAF_BYTES + 5000];
        random.nextBytes(bytes);
        Trees.commit(store, "file" + i, Contents.of(bytes));
        store.collect(true);
      }
      assertEquals(List.of(), store.verify(null).problems());
      Packs packs = store.objects().packs();
      long last = store.environment().read(txn -> packs.next(txn) - 1);
      for (long number = last; number > last - 12; number--) {
        if (flip(store, number)) {
          assertFalse(store.verify(null).ok(), "pack " + number);
          flip(store, number);
        }
      }
      assertEquals(List.of(), store.verify(null).problems());
    }
  }

  /** Flips a byte near the end of a pack; false if there is no such pack. */
  private static boolean flip(Store store, long number) {
    Packs packs = store.objects().packs();
    ByteBuffer key = Packs.key(number);
    return store
        .environment()
        .write(
            txn -> {
              ByteBuffer value = packs.dbi().get(txn, key);
              if (value == null) {
                return false;
              }
              ByteBuffer other = ByteBuffer.allocateDirect(value.remaining()).put(value).flip();
              int at = other.limit() - 9;
              other.put(at, (byte) ~other.get(at));
              return packs.dbi().put(txn, key, other);
            });
  }

  @Test
  void findsEveryFlippedByteThatDoesHarm() throws IOException {
    long seed = new Random().nextLong();
    System.out.println("DamageTest seed " + seed);
    Random random = new Random(seed);
    byte[] bytes = sample(random);
    int found = 0;
    for (int i = 0; i < FLIPS; i++) {
      found += flip(bytes, random.nextInt(bytes.length), 1 + random.nextInt(255)) ? 1 : 0;
    }
    for (int page = 0; page < 2; page++) {
      for (int i = 0; i < META_BYTES; i++) {
        found += flip(bytes, page * 4096 + i, 1 << random.nextInt(8)) ? 1 : 0;
        found += flip(bytes, page * 4096 + i, 1 + random.nextInt(255)) ? 1 : 0;
      }
    }
    System.out.println(
        "found "
            + found
            + " of "
            + (FLIPS + 4 * META_BYTES)
            + " flips, in "
            + bytes.length
            + " bytes");
    assertTrue(found > FLIPS / 4);
  }

  /** Headers, where wrong bytes do the most, of all kinds of pages. */
  @Test
  void findsFlippedHeaders() throws IOException {
    byte[] bytes = sample(new Random(7));
    for (int page = 2; page < HEADERS && page * 4096 < bytes.length; page++) {
      for (int i = 0; i < TreePage.HEADER_BYTES; i++) {
        flip(bytes, page * 4096 + i, 1 << i % 8);
      }
    }
  }

  /** Whether the damage was found; fails if it was not and did harm. */
  private boolean flip(byte[] bytes, int position, int by) throws IOException {
    byte[] damaged = bytes.clone();
    damaged[position] ^= (byte) by;
    return isFound(damaged, "byte " + position + " xor " + by);
  }

  private boolean isFound(byte[] damaged, String where) throws IOException {
    Path dir = store(damaged);
    try (Store store = Store.openExisting(dir)) {
      VerifyReport report = store.verify(null);
      if (report.ok()) {
        assertEquals(sample.states(), store.states(), where);
        assertEquals(sample.versions(), store.versions(Trees.WEB), where);
        for (Version version : sample.versions()) {
          Entry data = store.directory(Trees.WEB, version.root()).get(0);
          Trees.assertSame(store, sample.node(version), data.content());
        }
      }
      return !report.ok();
    } catch (DiffKeeperException e) {
      assertEquals(ExitCode.CORRUPT, e.exitCode(), where + ": " + e.getMessage());
      assertFalse(e.getMessage().contains("\n"), e.getMessage());
      return true;
    } finally {
      Files.delete(dir.resolve("data.mdb"));
    }
  }

  private Path store(byte[] data) throws IOException {
    return RandomStore.store(temp.resolve("damaged"), data);
  }

  @Test
  void findsThatTheEndIsMissing() throws IOException {
    byte[] bytes = sample(new Random(8));
    int found = 0;
    int tried = 0;
    for (int length = 1; length < bytes.length; length += 3001) {
      found += isFound(Arrays.copyOf(bytes, length), "length " + length) ? 1 : 0;
      tried++;
    }
    assertTrue(found > tried * 9 / 10, found + " of " + tried);
  }

  @Test
  void namesTheVersionAndPathOfADamagedFile() throws IOException {
    byte[] content = new byte[50_000];
    new Random(9).nextBytes(content);
    Path dir = temp.resolve("sample");
    Version version;
    try (Store store = Store.open(dir)) {
      store.create(Trees.WEB, HashAlgorithm.SHA256, "nginx");
      Trees.commit(store, "other", Contents.of(new byte[100]));
      version = Trees.commit(store, "notes.txt", Contents.of(content));
      Trees.commit(store, "notes.txt", Contents.of(content));
    }
    byte[] bytes = Files.readAllBytes(dir.resolve("data.mdb"));
    int at = indexOf(bytes, content, 30_000);
    bytes[at] ^= 1;
    Path damaged = store(bytes);
    try (Store store = Store.open(damaged)) {
      for (StateName name : new StateName[] {null, Trees.WEB}) {
        VerifyReport report = store.verify(name);
        assertEquals(1, report.problems().size(), report.problems().toString());
        VerifyReport.Problem problem = report.problems().get(0);
        assertEquals(Trees.WEB, problem.state());
        assertEquals(List.of(2L, 3L), problem.versions());
        assertEquals("/data/notes.txt", problem.path());
      }
      assertEquals(List.of(), store.verify(Trees.WEB, 1, new Meter()).problems());
      assertEquals(1, store.verify(Trees.WEB, 2, new Meter()).problems().size());
      VerifyReport one = store.verify(Trees.WEB, 3, new Meter());
      assertEquals(List.of(3L), one.problems().get(0).versions());
      assertEquals(1, one.versions());
      Entry data = store.directory(Trees.WEB, version.root()).get(0);
      Entry file = store.directory(Trees.WEB, data.content()).get(0);
      DiffKeeperException e =
          org.junit.jupiter.api.Assertions.assertThrows(
              DiffKeeperException.class, () -> store.read(Trees.WEB, file, new Contents.Sink()));
      assertEquals(ExitCode.CORRUPT, e.exitCode());
      assertTrue(e.getMessage().contains(file.content().toString()), e.getMessage());
    }
  }

  /** Where in the bytes the content's 64 bytes from that offset on are. */
  static int indexOf(byte[] bytes, byte[] content, int from) {
    for (int i = 0; i + 64 < bytes.length; i++) {
      if (Arrays.equals(bytes, i, i + 64, content, from, from + 64)) {
        return i;
      }
    }
    throw new AssertionError("content is not stored plain");
  }
}
