package io.diffkeeper.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.Zstd;
import io.diffkeeper.DiffLibrary;
import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Histories of files that change: every version stays readable, and the newest one is near. */
class HistoryTest {
  private static final int VERSIONS = 60;
  private static final int FILES = 4;

  /** What a small version takes for itself, at most. */
  private static final int VERSION_BYTES = 500;

  @TempDir Path temp;

  private final Map<String, Entry> entries = new TreeMap<>();
  private Digest directory;

  private Version commit(Store store, Tuning tuning, Map<String, byte[]> files) throws IOException {
    try (VersionWriter writer = store.writer(Trees.WEB, tuning)) {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        String name = file.getKey();
        FileContent content = writer.file(Contents.of(file.getValue()), entries.get(name));
        entries.put(name, Trees.file(name, content));
      }
      directory = writer.directory(new ArrayList<>(entries.values()), directory);
      return writer.commit(
          Trees.draft(writer.directory(List.of(Trees.directory("/data", directory)))));
    }
  }

  private Version commit(Store store, byte[] bytes) throws IOException {
    return commit(store, Tuning.DEFAULT, Map.of("a", bytes));
  }

  @ParameterizedTest
  @EnumSource(DiffLibrary.class)
  void givesEveryVersionBack(DiffLibrary library) throws IOException {
    long seed = new Random().nextLong();
    System.out.println("HistoryTest seed " + seed + " " + library);
    Random random = new Random(seed);
    List<Map<String, byte[]>> versions = new ArrayList<>();
    Map<String, byte[]> files = new TreeMap<>();
    for (int i = 0; i < FILES; i++) {
      byte[] bytes = new byte[random.nextInt(200_000)];
      random.nextBytes(bytes);
      files.put("file" + i, bytes);
    }
    try (Store store = Store.open(temp.resolve("store"))) {
      store.create(Trees.WEB, HashAlgorithm.SHA256, "nginx");
      Tuning tuning = new Tuning(library, 1 + random.nextInt(40));
      for (int i = 0; i < VERSIONS; i++) {
        String name = "file" + random.nextInt(FILES);
        byte[] old = random.nextInt(6) == 0 && i > 0 ? past(versions, random, name) : null;
        files.put(name, old == null ? edited(random, files.get(name)) : old);
        versions.add(new TreeMap<>(files));
        assertEquals(i + 1, commit(store, tuning, files).number());
      }
    }
    try (Store store = Store.open(temp.resolve("store"))) {
      assertEquals(List.of(), store.verify(null).problems());
      for (int i = 0; i < VERSIONS; i++) {
        assertSame(store, versions.get(i), i + 1);
      }
      assertNewestIsNear(store);
    }
  }

  private static byte[] past(List<Map<String, byte[]>> versions, Random random, String name) {
    return versions.get(random.nextInt(versions.size())).get(name);
  }

  private static byte[] edited(Random random, byte[] old) {
    byte[] bytes = old.clone();
    for (int edits = random.nextInt(5); edits >= 0 && bytes.length > 0; edits--) {
      int at = random.nextInt(bytes.length);
      int length = Math.min(bytes.length - at, random.nextInt(random.nextBoolean() ? 99 : 9999));
      switch (random.nextInt(4)) {
        case 0 -> {
          byte[] shorter = new byte[bytes.length - length];
          System.arraycopy(bytes, 0, shorter, 0, at);
          System.arraycopy(bytes, at + length, shorter, at, shorter.length - at);
          bytes = shorter;
        }
        case 1 -> {
          byte[] longer = new byte[bytes.length + length];
          System.arraycopy(bytes, 0, longer, 0, at);
          System.arraycopy(bytes, at, longer, at + length, bytes.length - at);
          bytes = longer;
        }
        default -> {
          for (int i = at; i < at + length; i++) {
            bytes[i] = (byte) random.nextInt();
          }
        }
      }
    }
    return bytes;
  }

  static void assertSame(Store store, Map<String, byte[]> files, long number) throws IOException {
    Digest root = store.version(Trees.WEB, number).orElseThrow().root();
    Digest data = store.directory(Trees.WEB, root).get(0).content();
    for (Entry entry : store.directory(Trees.WEB, data)) {
      Trees.assertSame(store, Contents.of(files.get(entry.name().toString())), entry);
    }
  }

  /** Every leaf of the newest version is whole, or a delta on one that is. */
  private static void assertNewestIsNear(Store store) throws IOException {
    Digest root = store.versions(Trees.WEB).get(0).root();
    Digest data = store.directory(Trees.WEB, root).get(0).content();
    Scratch scratch = new Scratch();
    for (Entry file : store.directory(Trees.WEB, data)) {
      new ManifestReader(store.objects(), Trees.SPACE, scratch)
          .walk(
              file.content(),
              file.size(),
              new ManifestReader.Visitor<RuntimeException>() {
                @Override
                public void leaf(long offset, int length, int holes, Digest leaf, boolean loaded) {
                  int depth = depth(store, leaf, scratch);
                  assertTrue(depth <= 1, file.name() + " at " + offset + " is " + depth + " deep");
                }

                @Override
                public void hole(long offset, long length) {}
              });
    }
    scratch.close();
  }

  static int depth(Store store, Digest digest, Scratch scratch) {
    return store
        .environment()
        .read(
            txn -> {
              Digest at = digest;
              for (int depth = 0; ; depth++) {
                StoredObject object = store.objects().open(txn, Trees.SPACE, at, scratch);
                if (!object.isDelta()) {
                  return depth;
                }
                at = object.base();
              }
            });
  }

  @Test
  void storesChangesOnly() throws IOException {
    Random random = new Random(1);
    byte[] bytes = new byte[1 << 20];
    random.nextBytes(bytes);
    try (Store store = Store.open(temp.resolve("store"))) {
      store.create(Trees.WEB, HashAlgorithm.SHA256, "nginx");
      commit(store, bytes);
      List<byte[]> versions = new ArrayList<>(List.of(bytes));
      for (int i = 0; i < 10; i++) {
        bytes = bytes.clone();
        for (int n = 0; n < 100; n++) {
          bytes[random.nextInt(bytes.length)]++;
        }
        versions.add(bytes);
        long stored = commit(store, bytes).storedBytes();
        assertTrue(stored < 8000, "version " + i + " took " + stored);
      }
      for (int i = 0; i < versions.size(); i++) {
        assertSame(store, Map.of("a", versions.get(i)), i + 1);
      }
    }
  }

  /** One after the other is whole and the base of the other: never of itself. */
  @Test
  void bringsBackNearWhatWasCutOff() throws IOException {
    Random random = new Random(9);
    byte[] bytes = new byte[3 * Manifest.LEAF_BYTES];
    random.nextBytes(bytes);
    byte[] first = bytes.clone();
    try (Store store = Store.open(temp.resolve("store"))) {
      store.create(Trees.WEB, HashAlgorithm.SHA256, "nginx");
      for (int i = 0; i < 4; i++) {
        commit(store, bytes);
        byte[] part = new byte[20_000];
        random.nextBytes(part);
        System.arraycopy(part, 0, bytes, 2 * Manifest.LEAF_BYTES + 100, part.length);
      }
      commit(store, java.util.Arrays.copyOf(bytes, Manifest.LEAF_BYTES));
      commit(store, first); // its last leaf replaces none
      assertNewestIsNear(store);
    }
  }

  /** What was inserted or removed moves all that is behind it, also by more than a leaf. */
  @ParameterizedTest
  @EnumSource(DiffLibrary.class)
  void findsWhatHasMoved(DiffLibrary library) throws IOException {
    Random random = new Random(10);
    int leaves = library == DiffLibrary.BSDIFF ? 12 : 40; // which takes its time
    byte[] bytes = new byte[leaves * Manifest.LEAF_BYTES];
    random.nextBytes(bytes);
    Tuning tuning = new Tuning(library, 30);
    try (Store store = Store.open(temp.resolve("store"))) {
      store.create(Trees.WEB, HashAlgorithm.SHA256, "nginx");
      commit(store, tuning, Map.of("a", bytes));
      long stored = stored(store);
      int number = 1;
      for (int by : new int[] {100, -200, 40_000, -50_000, 65_636, -130_000, 1_000_000}) {
        byte[] now = new byte[bytes.length + by];
        random.nextBytes(now);
        int at = 3 * Manifest.LEAF_BYTES;
        System.arraycopy(bytes, 0, now, 0, at);
        System.arraycopy(
            bytes, at + Math.max(0, -by), now, at + Math.max(0, by), now.length - at - by(by));
        bytes = now;
        commit(store, tuning, Map.of("a", bytes));
        long more = stored(store) - stored;
        System.out.printf("HistoryTest %s: moved by %d: %d more%n", library, by, more);
        // Of a leaf that lies across two others only one of them is its base.
        int off = Math.abs(Math.floorMod(by + 32_768, Manifest.LEAF_BYTES) - 32_768);
        long across = (long) (bytes.length * (off / (double) Manifest.LEAF_BYTES));
        assertTrue(more < across + by(by) + 3 * Manifest.LEAF_BYTES, by + ": " + more);
        stored += more;
        assertSame(store, Map.of("a", bytes), ++number);
        assertNewestIsNear(store);
      }
      assertEquals(List.of(), store.verify(null).problems());
    }
  }

  private static int by(int moved) {
    return Math.max(0, moved);
  }

  private static long stored(Store store) {
    return store.stats(List.of(Trees.WEB), total -> {}).get(0).stored();
  }

  /** Two leaves were the same: one of them changed little and is a delta on it, one much. */
  @Test
  void staysNearWhereLeavesWereTheSame() throws IOException {
    Random random = new Random(12);
    byte[] bytes = new byte[2 * Manifest.LEAF_BYTES];
    byte[] half = new byte[Manifest.LEAF_BYTES];
    random.nextBytes(half);
    for (int littleIn = 0; littleIn < 2; littleIn++) {
      System.arraycopy(half, 0, bytes, 0, half.length);
      System.arraycopy(half, 0, bytes, half.length, half.length);
      try (Store store = Store.open(temp.resolve("store" + littleIn))) {
        store.create(Trees.WEB, HashAlgorithm.SHA256, "nginx");
        entries.clear();
        directory = null;
        commit(store, bytes);
        bytes[littleIn * half.length]++;
        byte[] part = new byte[20_000];
        random.nextBytes(part);
        System.arraycopy(part, 0, bytes, (1 - littleIn) * half.length + 500, part.length);
        commit(store, bytes);
        assertNewestIsNear(store);
        assertSame(store, Map.of("a", bytes), 2);
      }
    }
  }

  /** What is like nothing, or like everything, costs at most twice what it does alone. */
  @ParameterizedTest
  @EnumSource(DiffLibrary.class)
  void takesAtMostTwiceAsMuchForPathologicalPairs(DiffLibrary library) throws IOException {
    byte[] noise = new byte[6 * Manifest.LEAF_BYTES + 1000];
    new Random(13).nextBytes(noise);
    byte[] zeros = new byte[noise.length];
    byte[] periodic = new byte[noise.length];
    byte[] shifted = new byte[noise.length];
    for (int i = 0; i < noise.length; i++) {
      periodic[i] = (byte) i;
      shifted[i] = (byte) (i + 77);
    }
    byte[][] contents = {
      zeros, periodic, shifted, noise, compressed("a"), compressed("b"), new byte[] {1}
    };
    Tuning tuning = new Tuning(library, 10);
    long[] alone = new long[contents.length];
    for (int i = 0; i < contents.length; i++) {
      alone[i] = stored(tuning, contents[i]);
    }
    for (int from = 0; from < contents.length; from++) {
      for (int to = 0; to < contents.length; to++) {
        long pair = stored(tuning, contents[from], contents[to]);
        long most = alone[from] + 2 * alone[to] + VERSION_BYTES;
        assertTrue(pair <= most, from + " to " + to + ": " + pair + " > " + most);
      }
    }
  }

  /** Of the same text but for its first word, compressed: nothing behind that is the same. */
  private static byte[] compressed(String first) {
    StringBuilder text = new StringBuilder(first);
    Random random = new Random(14);
    for (int i = 0; i < 60_000; i++) {
      text.append(' ').append(random.nextInt(5000));
    }
    return Zstd.compress(text.toString().getBytes(), 3);
  }

  private long stored(Tuning tuning, byte[]... contents) throws IOException {
    Path dir = Files.createTempDirectory(temp, "pair").resolve("store");
    try (Store store = Store.open(dir)) {
      store.create(Trees.WEB, HashAlgorithm.SHA256, "nginx");
      entries.clear();
      directory = null;
      for (byte[] content : contents) {
        commit(store, tuning, Map.of("a", content));
      }
      return stored(store);
    }
  }

  @Test
  void survivesContentThatGoesBackAndForth() throws IOException {
    Random random = new Random(2);
    byte[][] contents = new byte[3][60_000];
    for (byte[] content : contents) {
      random.nextBytes(content);
      System.arraycopy(contents[0], 0, content, 0, 30_000);
    }
    try (Store store = Store.open(temp.resolve("store"))) {
      store.create(Trees.WEB, HashAlgorithm.SHA256, "nginx");
      for (int i = 0; i < 50; i++) {
        byte[] content = contents[random.nextInt(3)];
        commit(store, content);
        assertSame(store, Map.of("a", content), i + 1);
      }
      assertEquals(List.of(), store.verify(null).problems());
      assertNewestIsNear(store);
    }
  }

  @Test
  void boundsHowFarOldVersionsAreFromAWholeOne() throws IOException {
    Random random = new Random(3);
    byte[] bytes = new byte[60_000];
    random.nextBytes(bytes);
    int interval = 7;
    try (Store store = Store.open(temp.resolve("store"));
        Scratch scratch = new Scratch()) {
      store.create(Trees.WEB, HashAlgorithm.SHA256, "nginx");
      for (int i = 0; i < 40; i++) {
        bytes = bytes.clone();
        for (int n = 0; n < 6000; n++) {
          bytes[random.nextInt(bytes.length)]++;
        }
        commit(store, new Tuning(DiffLibrary.ZSTD, interval), Map.of("a", bytes));
      }
      for (Version version : store.versions(Trees.WEB)) {
        Digest data = store.directory(Trees.WEB, version.root()).get(0).content();
        Digest leaf = store.directory(Trees.WEB, data).get(0).content();
        int depth = depth(store, leaf, scratch);
        assertTrue(depth <= interval, "version " + version.number() + " is " + depth + " deep");
      }
      store.collect(true);
      assertNewestIsNear(store);
      assertEquals(List.of(), store.verify(null).problems());
    }
  }
}
