package io.diffkeeper.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.Meter;
import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lmdbjava.Cursor;

/** Packs as large as they may be: damaged, repaired, and made by a process that is killed. */
class FullPackTest {
  private static final int FILES = 30;
  private static final int FILE_BYTES_MAX = 200_000;
  private static final int CHANGED = 4;
  private static final int VERSIONS = 3;
  private static final int DAMAGES = 6;
  private static final int KILLS = 4;
  private static final int SIGKILL = 9;

  /** Bytes of so many values: shorter by a third when compressed, and by no half. */
  private static final int VALUES = 40;

  /** The same for all, as it takes long to make. */
  @TempDir static Path temp;

  private static final long seed = new Random().nextLong();
  private static final Random random = new Random(seed);
  private static final List<Map<String, byte[]>> versions = new ArrayList<>();

  /** The data file before packs were made, and after. */
  private static byte[] loose;

  private static byte[] packed;

  @BeforeAll
  static void make() throws IOException {
    System.out.println("FullPackTest seed " + seed);
    Path dir = temp.resolve("sample");
    Map<String, byte[]> files = new TreeMap<>();
    Map<String, Entry> before = new TreeMap<>();
    try (Store store = Store.open(dir)) {
      store.create(Trees.WEB, HashAlgorithm.SHA256, "nginx");
      for (int version = 0; version < VERSIONS; version++) {
        for (int i = 0; i < (version == 0 ? FILES : CHANGED); i++) {
          int file = version == 0 ? i : random.nextInt(FILES);
          files.put("file" + file, bytes(FILE_BYTES_MAX / 2 + random.nextInt(FILE_BYTES_MAX / 2)));
        }
        commit(store, files, before);
        versions.add(new TreeMap<>(files));
      }
      loose = Files.readAllBytes(dir.resolve(StoreDirectory.DATA));
      store.collect(true);
      packed = Files.readAllBytes(dir.resolve(StoreDirectory.DATA));
      assertFalse(full(store).isEmpty(), "no full pack, seed " + seed);
    }
  }

  private static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) random.nextInt(VALUES);
    }
    return bytes;
  }

  private static void commit(Store store, Map<String, byte[]> files, Map<String, Entry> before)
      throws IOException {
    try (VersionWriter writer = store.writer(Trees.WEB)) {
      List<Entry> entries = new ArrayList<>();
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        Contents contents = Contents.of(file.getValue());
        FileContent content = writer.file(contents, before.get(file.getKey()));
        before.put(file.getKey(), Trees.file(file.getKey(), content));
        entries.add(before.get(file.getKey()));
      }
      entries.sort((one, two) -> one.name().compareTo(two.name()));
      Entry data = Trees.directory("/data", writer.directory(entries));
      writer.commit(Trees.draft(writer.directory(List.of(data))));
    }
  }

  /** The packs that another leaf would not have found room in. */
  private static List<Long> full(Store store) {
    return store
        .environment()
        .read(
            txn -> {
              List<Long> full = new ArrayList<>();
              try (Cursor<ByteBuffer> cursor = store.objects().packs().dbi().openCursor(txn)) {
                for (boolean more = cursor.first(); more; more = cursor.next()) {
                  int length = Packs.length(cursor.val());
                  assertTrue(length <= Packs.BYTES_MAX);
                  if (length > Packs.BYTES_MAX - StoredObject.HEADER_BYTES - Manifest.LEAF_BYTES) {
                    full.add(cursor.key().getLong(0));
                  }
                }
              }
              return full;
            });
  }

  private static Path dir(byte[] data) throws IOException {
    return RandomStore.store(Files.createTempDirectory(temp, "try").resolve("store"), data);
  }

  private static void assertAllThere(Store store, String where) throws IOException {
    assertEquals(List.of(), store.verify(null).problems(), where);
    for (int version = 1; version <= VERSIONS; version++) {
      HistoryTest.assertSame(store, versions.get(version - 1), version);
    }
  }

  @Test
  void loseNothingButWhatIsDamaged() throws IOException {
    for (int i = 0; i < DAMAGES; i++) {
      String where = "damage " + i + ", seed " + seed;
      Path dir = dir(packed);
      List<Set<String>> sound = new ArrayList<>();
      boolean found;
      try (Store store = Store.openExisting(dir)) {
        List<Long> full = full(store);
        flip(store, full.get(random.nextInt(full.size())), i == 0);
        found = !store.verify(null).ok();
        for (int version = 1; version <= VERSIONS; version++) {
          sound.add(readable(store, version, where));
        }
      }
      assertTrue(found || sound.stream().allMatch(files -> files.size() == FILES), where);
      RepairReport report = Repair.run(dir, null, false, RandomStore.STATES, new Meter());
      assertEquals(found, !report.ok(), where);
      try (Store store = Store.openExisting(dir)) {
        assertEquals(List.of(), store.verify(null).problems(), where);
        for (int version = 1; version <= VERSIONS; version++) {
          assertEquals(sound.get(version - 1), readable(store, version, where), where);
        }
      }
    }
  }

  /** Changes a byte of a pack: the highest one of its length, or any one. */
  private static void flip(Store store, long number, boolean length) {
    Packs packs = store.objects().packs();
    store
        .environment()
        .write(
            txn -> {
              ByteBuffer value = packs.dbi().get(txn, Packs.key(number));
              ByteBuffer other = ByteBuffer.allocateDirect(value.remaining()).put(value).flip();
              int at = length ? 1 : random.nextInt(other.limit());
              other.put(at, (byte) (other.get(at) ^ 1 + random.nextInt(255)));
              return packs.dbi().put(txn, Packs.key(number), other);
            });
  }

  /** The files of a version that can be read; fails if one has other content. */
  private static Set<String> readable(Store store, int version, String where) throws IOException {
    Set<String> names = new TreeSet<>();
    Entry data = store.directory(Trees.WEB, root(store, version)).get(0);
    for (Entry file : store.directory(Trees.WEB, data.content())) {
      String name = file.name().toString();
      Contents.Sink sink = new Contents.Sink();
      try {
        store.read(Trees.WEB, file, sink);
      } catch (DiffKeeperException e) {
        assertEquals(ExitCode.CORRUPT, e.exitCode(), where);
        continue;
      }
      byte[] expected = versions.get(version - 1).get(name);
      assertArrayEquals(expected, sink.bytes.toByteArray(), where + ", " + name);
      names.add(name);
    }
    return names;
  }

  private static Digest root(Store store, int version) {
    return store.version(Trees.WEB, version).orElseThrow().root();
  }

  @Test
  void loseNothingWhenTheirMakerIsKilled() throws Exception {
    Path library = FailingCallsTest.compile(temp);
    Path count = temp.resolve("count");
    try (Child child = pack(library, dir(loose), 0, count)) {
      assertEquals(0, child.end());
    }
    int calls = (int) Files.size(count);
    assertTrue(calls > KILLS, "calls " + calls);
    for (int i = 0; i < KILLS; i++) {
      int call = 1 + (calls - 1) * i / (KILLS - 1);
      String where = "call " + call + " of " + calls + ", seed " + seed;
      Path dir = dir(loose);
      try (Child child = pack(library, dir, call, temp.resolve("other"))) {
        assertTrue(child.end() != 0, where);
      }
      try (Store store = Store.openExisting(dir)) {
        assertAllThere(store, where);
        store.collect(true);
        assertFalse(full(store).isEmpty(), where);
        assertAllThere(store, where);
      }
    }
  }

  private static Child pack(Path library, Path dir, int call, Path count) throws IOException {
    Map<String, String> environment =
        FailingCallsTest.environment(library, dir, call, call == 0 ? 0 : -SIGKILL, count);
    return Child.start(temp, environment, Child.QUICK, "pack", dir.toString());
  }
}
