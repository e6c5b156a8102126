package io.diffkeeper.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.Retention;
import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Forgetting and garbage collection: what versions need stays, the rest goes. */
class CollectTest {
  private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");

  @TempDir Path temp;

  private static Retention last(int count) {
    return new Retention(count, Duration.ZERO, 0, 0, 0);
  }

  /** One state with its files as they were last written. */
  private static final class Keeper {
    final StateName name;
    final Map<String, Entry> entries = new TreeMap<>();
    final Map<Long, Map<String, byte[]>> versions = new ConcurrentHashMap<>();
    Digest directory;

    Keeper(Store store, String name) {
      this.name = new StateName("podman", name);
      store.create(this.name, HashAlgorithm.SHA256, "nginx");
    }

    void commit(Store store, Map<String, byte[]> files) throws IOException {
      try (VersionWriter writer = store.writer(name)) {
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
          Entry old = entries.get(file.getKey());
          FileContent content = writer.file(Contents.of(file.getValue()), old);
          entries.put(file.getKey(), Trees.file(file.getKey(), content));
        }
        directory = writer.directory(new ArrayList<>(entries.values()), directory);
        Digest root = writer.directory(List.of(Trees.directory("/data", directory)));
        long number = writer.commit(Trees.draft(root)).number();
        versions.put(number, new HashMap<>(files));
      }
    }

    void check(Store store) throws IOException {
      for (Version version : store.versions(name)) {
        Digest data = store.directory(name, version.root()).get(0).content();
        for (Entry entry : store.directory(name, data)) {
          Contents.Sink sink = new Contents.Sink();
          store.read(name, entry, sink);
          byte[] expected = versions.get(version.number()).get(entry.name().toString());
          org.junit.jupiter.api.Assertions.assertArrayEquals(
              expected, sink.bytes.toByteArray(), name + "@" + version.number());
        }
      }
    }
  }

  private static Map<String, byte[]> files(Random random) {
    Map<String, byte[]> files = new TreeMap<>();
    for (int i = 0; i < 30; i++) {
      byte[] bytes = new byte[random.nextInt(i == 0 ? 700_000 : 20_000)];
      random.nextBytes(bytes);
      if (i % 2 == 0) {
        for (int at = 0; at < bytes.length; at++) {
          bytes[at] = (byte) ('a' + bytes[at] % 7);
        }
      }
      files.put("file" + i, bytes);
    }
    return files;
  }

  private static void edit(Random random, Map<String, byte[]> files) {
    for (int n = 0; n < 3; n++) {
      String name = "file" + random.nextInt(files.size());
      byte[] bytes = files.get(name).clone();
      for (int i = random.nextInt(2000); i > 0 && bytes.length > 0; i--) {
        bytes[random.nextInt(bytes.length)]++;
      }
      files.put(name, bytes);
    }
  }

  @Test
  void keepsEveryVersionWhole() throws IOException {
    long seed = new Random().nextLong();
    System.out.println("CollectTest seed " + seed);
    Random random = new Random(seed);
    try (Store store = Store.open(temp.resolve("store"))) {
      Keeper keeper = new Keeper(store, "web");
      Map<String, byte[]> files = files(random);
      for (int i = 0; i < 60; i++) {
        keeper.commit(store, files);
        if (random.nextInt(8) == 0) {
          store.collect(random.nextBoolean());
        }
        if (random.nextInt(10) == 0) {
          store.forget(keeper.name, last(10), NOW);
        }
        edit(random, files);
      }
      keeper.check(store);
      store.collect(true);
      assertEquals(List.of(), store.verify(null).problems());
      keeper.check(store);
    }
  }

  @Test
  void removesWhatNoVersionNeeds() throws IOException {
    Random random = new Random(1);
    try (Store store = Store.open(temp.resolve("store"))) {
      Keeper web = new Keeper(store, "web");
      Keeper other = new Keeper(store, "other");
      web.commit(store, files(random));
      other.commit(store, files(random));
      store.collect(true);
      store.remove(web.name);
      assertTrue(store.state(web.name).isEmpty());
      CollectReport report = store.collect(true);
      assertTrue(report.removed() > 30, report.toString());
      assertEquals(store.verify(null).objects(), report.objects());
      other.check(store);
      store.remove(other.name);
      store.collect(false);
      assertEquals(0, store.verify(null).objects());
      store.copy(temp.resolve("copy"));
      long bytes = Files.size(temp.resolve("copy/data.mdb"));
      assertTrue(bytes < 50_000, "an empty store takes " + bytes);
    }
  }

  @Test
  void keepsWhatAnOldDirectoryRefersToThatOthersAreDeltasOn() throws IOException {
    Random random = new Random(3);
    try (Store store = Store.open(temp.resolve("store"))) {
      Keeper keeper = new Keeper(store, "web");
      Map<String, byte[]> files = new TreeMap<>();
      for (int i = 0; i < 200; i++) {
        byte[] bytes = new byte[300];
        random.nextBytes(bytes);
        files.put("file" + i, bytes);
      }
      byte[] large = new byte[100 * Manifest.LEAF_BYTES];
      random.nextBytes(large);
      files.put("large", large);
      for (int i = 0; i < 8; i++) {
        keeper.commit(store, files);
        byte[] other = new byte[300];
        random.nextBytes(other);
        files.put("file" + i, other);
        large = large.clone();
        random.nextBytes(other);
        System.arraycopy(other, 0, large, i * Manifest.LEAF_BYTES, other.length);
        files.put("large", large);
      }
      store.collect(true);
      assertEquals(List.of(), store.verify(null).problems());
      keeper.check(store);
    }
  }

  @Test
  void storesOldVersionsAsDeltasOnEachOther() throws IOException {
    Random random = new Random(5);
    byte[] bytes = new byte[Manifest.LEAF_BYTES];
    random.nextBytes(bytes);
    try (Store store = Store.open(temp.resolve("store"))) {
      Keeper keeper = new Keeper(store, "web");
      for (int i = 0; i < 60; i++) {
        keeper.commit(store, Map.of("a", bytes));
        byte[] part = new byte[200];
        random.nextBytes(part);
        bytes = bytes.clone();
        System.arraycopy(part, 0, bytes, random.nextInt(bytes.length - 200), 200);
        if (i % 13 == 12) {
          store.collect(true);
        }
      }
      store.collect(true);
      keeper.check(store);
      assertEquals(List.of(), store.verify(null).problems());
      StoreStats stats = store.stats(List.of(keeper.name), total -> {}).get(0);
      assertTrue(stats.stored() < bytes.length * 3 / 2 + 60 * 800, stats.toString());
      // Content that comes back is made whole again, whatever it was a delta on.
      keeper.commit(store, Map.of("a", keeper.versions.get(3L).get("a")));
      keeper.commit(store, Map.of("a", bytes));
      store.collect(true);
      keeper.check(store);
    }
  }

  @Test
  void compressesAgainWhatPacksHadThatAreMostlyUnused() throws IOException {
    Random random = new Random(8);
    Map<String, byte[]> files = new TreeMap<>();
    for (int i = 0; i < 80; i++) {
      files.put("file" + i, text(random, 10_000));
    }
    try (Store store = Store.open(temp.resolve("store"))) {
      Keeper keeper = new Keeper(store, "web");
      keeper.commit(store, files);
      store.collect(true);
      long once = stored(store, keeper);
      for (int i = 0; i < 56; i++) {
        files.put("file" + i, text(random, 10_000));
      }
      keeper.entries.clear(); // files written anew
      keeper.commit(store, files);
      store.forget(keeper.name, last(1), NOW);
      CollectReport report = store.collect(true);
      assertTrue(report.packsRemoved() > 0, report.toString());
      keeper.check(store);
      long again = stored(store, keeper);
      assertTrue(again < 1.2 * once, again + " bytes instead of " + once);
    }
  }

  private static byte[] text(Random random, int length) {
    StringBuilder text = new StringBuilder();
    while (text.length() < length) {
      text.append("word").append((int) Math.pow(2000, random.nextDouble())).append(' ');
    }
    return text.substring(0, length).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
  }

  private static long stored(Store store, Keeper keeper) {
    return store.stats(List.of(keeper.name), total -> {}).get(0).stored();
  }

  @Test
  void usesAgainAtOnceWhatAVersionHasReplaced() throws IOException {
    Random random = new Random(10);
    byte[] bytes = new byte[32 * Manifest.LEAF_BYTES];
    random.nextBytes(bytes);
    try (Store store = Store.open(temp.resolve("store"))) {
      Keeper keeper = new Keeper(store, "web");
      keeper.commit(store, Map.of("a", bytes));
      byte[] part = new byte[100];
      for (int i = 0; i < 10; i++) {
        bytes = bytes.clone();
        for (int at = 0; at < bytes.length; at += 1024) { // rewrites each leaf
          random.nextBytes(part);
          System.arraycopy(part, 0, bytes, at, part.length);
        }
        keeper.commit(store, Map.of("a", bytes));
      }
      keeper.check(store);
      long history = stored(store, keeper) - bytes.length;
      double copies = (store.fileBytes() - history) / (double) bytes.length;
      assertTrue(copies < 2.6, "one is read, one was before it; there is room for " + copies);
    }
  }

  @Test
  void fillsThePagesOfTheObjectsAgain() throws IOException {
    Random random = new Random(6);
    Map<String, byte[]> files = new TreeMap<>();
    for (int i = 0; i < 3000; i++) {
      byte[] bytes = new byte[1000];
      random.nextBytes(bytes);
      files.put("file" + i, bytes);
    }
    try (Store store = Store.open(temp.resolve("store"))) {
      Keeper keeper = new Keeper(store, "web");
      keeper.commit(store, files);
      store.collect(true);
      keeper.check(store);
      assertEquals(List.of(), store.verify(null).problems());
      long pages = store.environment().read(store.objects().dbi()::stat).leafPages;
      assertTrue(pages < 80, "3000 entries of 64 bytes take pages: " + pages);
    }
  }

  @Test
  void collectsWhileKeepersWrite() throws Exception {
    try (Store store = Store.open(temp.resolve("store"))) {
      AtomicBoolean done = new AtomicBoolean();
      List<Throwable> failures = java.util.Collections.synchronizedList(new ArrayList<>());
      List<Keeper> keepers = List.of(new Keeper(store, "a"), new Keeper(store, "b"));
      List<Thread> threads = new ArrayList<>();
      for (Keeper keeper : keepers) {
        Random random = new Random(keeper.name.hashCode());
        threads.add(
            new Thread(
                () -> {
                  try {
                    Map<String, byte[]> files = files(new Random(9)); // both have the same
                    for (int i = 0; i < 60; i++) {
                      keeper.commit(store, files);
                      edit(random, files);
                      store.forget(keeper.name, last(5), NOW);
                    }
                  } catch (Throwable e) {
                    failures.add(e);
                  } finally {
                    done.set(true);
                  }
                }));
      }
      threads.forEach(Thread::start);
      while (!done.get()) {
        store.collect(true);
      }
      for (Thread thread : threads) {
        thread.join();
      }
      assertEquals(List.of(), failures);
      assertEquals(List.of(), store.verify(null).problems());
      for (Keeper keeper : keepers) {
        keeper.check(store);
      }
    }
  }

  @Test
  void keepsTheFileSmallWhenVersionsAreForgotten() throws IOException {
    Random random = new Random(2);
    byte[] bytes = new byte[256 << 10];
    random.nextBytes(bytes);
    try (Store store = Store.open(temp.resolve("store"))) {
      Keeper keeper = new Keeper(store, "web");
      for (int i = 0; i < 160; i++) {
        byte[] part = new byte[bytes.length / 10];
        random.nextBytes(part);
        bytes = bytes.clone();
        int at = random.nextInt(bytes.length - part.length);
        System.arraycopy(part, 0, bytes, at, part.length);
        keeper.commit(store, Map.of("a", bytes));
        if (i % 20 == 19) {
          store.forget(keeper.name, last(20), NOW);
          store.collect(false);
        }
      }
      long live = bytes.length + 20 * (bytes.length / 10); // the newest, and 20 changes
      long file = Files.size(temp.resolve("store/data.mdb"));
      assertTrue(file < 3 * live, "file " + file + ", live " + live);
    }
  }

  @Test
  void keepsWhatAnyRuleNames() {
    List<Version> versions = new ArrayList<>();
    for (int i = 0; i < 100; i++) { // newest first, one every 20 minutes
      Instant time = NOW.minus(Duration.ofMinutes(20L * i));
      Cut cut = i < 2 ? Cut.FUZZY : Cut.SETTLED;
      versions.add(
          new Version(
              100 - i,
              0,
              Digest.of(new byte[32]),
              null,
              time,
              new Origin("", ""),
              cut,
              "",
              false,
              0,
              0,
              0,
              Provenance.NONE));
    }
    assertEquals(java.util.Set.of(100L, 98L), Kept.of(last(0), versions, NOW));
    assertEquals(java.util.Set.of(100L, 99L, 98L, 97L), Kept.of(last(4), versions, NOW));
    Retention hour = new Retention(0, Duration.ofHours(1), 0, 0, 0);
    assertEquals(java.util.Set.of(100L, 99L, 98L), Kept.of(hour, versions, NOW));
    Retention hourly = new Retention(0, Duration.ZERO, 3, 0, 0);
    assertEquals(java.util.Set.of(100L, 99L, 98L, 96L), Kept.of(hourly, versions, NOW));
    Retention daily = new Retention(0, Duration.ZERO, 0, 2, 0);
    assertEquals(java.util.Set.of(100L, 98L, 69L), Kept.of(daily, versions, NOW));
    assertEquals(2, Kept.of(new Retention(0, Duration.ZERO, 0, 0, 1), versions, NOW).size());
  }
}
