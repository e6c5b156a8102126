package io.diffkeeper.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Packs that are made with a version: what is in them, and what becomes of them. */
class BundleTest {
  private static final int FILES = 300;
  private static final int PAGE = 4096;

  @TempDir Path temp;

  private final Random random = new Random(7);
  private final Map<String, byte[]> files = new TreeMap<>();
  private final Map<String, Entry> before = new TreeMap<>();
  private final List<Map<String, byte[]>> versions = new ArrayList<>();

  /** Files of noise, so that nobody compresses anything. */
  @BeforeEach
  void makeFiles() {
    for (int i = 0; i < FILES; i++) {
      files.put("file" + i, noise(2100 + random.nextInt(3000)));
    }
  }

  private byte[] noise(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private void change(int count, int bytes) {
    for (int i = 0; i < count; i++) {
      byte[] changed = files.get("file" + i).clone();
      System.arraycopy(noise(bytes), 0, changed, random.nextInt(changed.length - bytes), bytes);
      files.put("file" + i, changed);
    }
  }

  private void commit(Store store, StateName state) throws IOException {
    try (VersionWriter writer = store.writer(state)) {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        FileContent content = writer.file(Contents.of(file.getValue()), before.get(file.getKey()));
        before.put(file.getKey(), Trees.file(file.getKey(), content));
      }
      Digest data = writer.directory(new ArrayList<>(before.values()));
      writer.commit(Trees.draft(writer.directory(List.of(Trees.directory("/data", data)))));
    }
    if (state == Trees.WEB) {
      versions.add(new TreeMap<>(files));
    }
  }

  private void assertAllThere(Store store) throws IOException {
    assertEquals(List.of(), store.verify(null).problems());
    for (int version = 1; version <= versions.size(); version++) {
      HistoryTest.assertSame(store, versions.get(version - 1), version);
    }
  }

  private static long packs(Store store) {
    return store.environment().read(store.objects().packs().dbi()::stat).entries;
  }

  private static long largeObjectPages(Store store) {
    return store.environment().read(store.objects().dbi()::stat).overflowPages;
  }

  private Store open() {
    Store store = Store.open(temp.resolve("store"));
    store.create(Trees.WEB, HashAlgorithm.SHA256, "nginx");
    return store;
  }

  @Test
  void holdWhatWouldTakeAPageEach() throws IOException {
    try (Store store = open()) {
      commit(store, Trees.WEB);
      long bytes = files.values().stream().mapToLong(b -> b.length).sum();
      assertTrue(packs(store) > 1);
      long pages = store.fileBytes() / PAGE;
      assertTrue(pages < 1.1 * bytes / PAGE + 30, pages + " pages for " + bytes + " bytes");
      change(100, 150); // their differences are short, and together long enough
      long before = packs(store);
      commit(store, Trees.WEB);
      assertTrue(packs(store) > before);
      assertAllThere(store);
    }
  }

  @Test
  void leaveAloneWhatIsLittle() throws IOException {
    try (Store store = open()) {
      files.keySet().removeIf(name -> !name.equals("file0"));
      commit(store, Trees.WEB);
      change(1, 20);
      commit(store, Trees.WEB);
      assertEquals(0, packs(store));
      assertAllThere(store);
    }
  }

  @Test
  void givePlaceToPacksOfTheCollection() throws IOException {
    try (Store store = open()) {
      commit(store, Trees.WEB);
      change(FILES, 150);
      commit(store, Trees.WEB);
      change(FILES, 1500); // replaces each, so that the older one becomes a delta
      commit(store, Trees.WEB);
      assertTrue(largeObjectPages(store) > 0);
      store.collect(false);
      assertEquals(0, largeObjectPages(store));
      CollectReport again = store.collect(false);
      assertEquals(0, again.packed(), again.toString());
      assertAllThere(store);
      long before = packs(store);
      store.collect(true);
      assertTrue(packs(store) <= before);
      assertAllThere(store);
    }
  }

  @Test
  void mayHoldWhatAnotherWriterHasPutMeanwhile() throws IOException {
    StateName other = new StateName("podman", "other");
    try (Store store = open()) {
      store.create(other, HashAlgorithm.SHA256, "nginx");
      try (VersionWriter writer = store.writer(Trees.WEB)) {
        List<Entry> entries = new ArrayList<>();
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
          FileContent content = writer.file(Contents.of(file.getValue()), null);
          entries.add(Trees.file(file.getKey(), content));
        }
        Digest data = writer.directory(entries);
        Digest root = writer.directory(List.of(Trees.directory("/data", data)));
        commit(store, other);
        writer.commit(Trees.draft(root));
        versions.add(new TreeMap<>(files));
      }
      assertAllThere(store);
      long twice = packs(store);
      store.collect(false);
      assertTrue(packs(store) < twice);
      assertAllThere(store);
      store.remove(other);
      store.collect(true);
      assertAllThere(store);
    }
  }
}
