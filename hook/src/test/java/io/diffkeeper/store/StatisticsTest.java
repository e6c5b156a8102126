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
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The ratios of small stores, which can be counted. */
class StatisticsTest {
  private static final StateName OTHER = new StateName("podman", "other");
  private static final byte[] TEN = "0123456789".getBytes();
  private static final byte[] ANOTHER_TEN = "9876543210".getBytes();

  @TempDir Path temp;

  private Store store;
  private StoreStats total;

  @BeforeEach
  void open() {
    store = Store.open(temp.resolve("store"));
    store.create(Trees.WEB, HashAlgorithm.SHA256, "nginx");
    store.create(OTHER, HashAlgorithm.SHA256, "nginx");
  }

  @AfterEach
  void close() {
    store.close();
  }

  /** Commits files, in place of those before, of an image that had others. */
  private Map<String, Entry> commit(
      StateName state, Map<String, Entry> before, Map<String, byte[]> files, byte[] image)
      throws IOException {
    Map<String, Entry> entries = new TreeMap<>();
    try (VersionWriter writer = store.writer(state)) {
      long bytes = 0;
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        String name = file.getKey();
        FileContent content = writer.file(Contents.of(file.getValue()), before.get(name));
        entries.put(name, Trees.file(name, content));
        bytes += content.size();
      }
      Digest root = root(writer, new ArrayList<>(entries.values()));
      Digest base =
          image == null
              ? null
              : root(writer, List.of(Trees.file("image", writer.file(Contents.of(image)))));
      Draft draft = Trees.draft(root);
      writer.commit(
          new Draft(
              draft.parent(),
              root,
              base,
              draft.time(),
              draft.origin(),
              draft.cut(),
              draft.eventSource(),
              false,
              files.size(),
              bytes));
    }
    return entries;
  }

  private static Digest root(VersionWriter writer, List<Entry> entries) {
    return writer.directory(List.of(Trees.directory("/data", writer.directory(entries))));
  }

  private StoreStats stats() {
    return store.stats(List.of(Trees.WEB, OTHER), sum -> total = sum).get(0);
  }

  @Test
  void dividesWhatThereIsByWhatIsDifferent() throws IOException {
    Map<String, Entry> files = commit(Trees.WEB, Map.of(), Map.of("a", TEN), null);
    assertEquals(1, stats().dedupRatio());
    files = commit(Trees.WEB, files, Map.of("a", TEN, "b", ANOTHER_TEN), null);
    assertEquals(1.5, stats().dedupRatio());
    commit(Trees.WEB, files, Map.of("a", TEN, "b", TEN), null);
    assertEquals(2.5, stats().dedupRatio());
    assertEquals(2.5, total.dedupRatio());
    commit(OTHER, Map.of(), Map.of("c", TEN), null);
    assertEquals(2.5, stats().dedupRatio());
    assertEquals(3, total.dedupRatio(), "what states share counts once");
    assertTrue(stats().deltaRatio() > 0, "keys weigh more than ten bytes");
  }

  @Test
  void countsWhatOnlyTheImageHad() throws IOException {
    commit(Trees.WEB, Map.of(), Map.of("a", TEN), ANOTHER_TEN);
    assertEquals(1, stats().dedupRatio());
    commit(Trees.WEB, Map.of(), Map.of("a", ANOTHER_TEN), ANOTHER_TEN);
    assertTrue(stats().dedupRatio() >= 1, stats().toString());
    assertEquals(1, new StoreStats(0, 0, 0, 0, 0, 0, 0, 0).dedupRatio());
  }

  /** Against what can be counted from outside: the file, once nothing in it is free. */
  @Test
  void addUpToTheFile() throws IOException {
    Random random = new Random(2);
    byte[] noise = new byte[2_000_000];
    random.nextBytes(noise);
    byte[] half = new byte[1_000_000];
    random.nextBytes(half);
    Map<String, Entry> web = commit(Trees.WEB, Map.of(), Map.of("a", noise), null);
    commit(OTHER, Map.of(), Map.of("a", noise, "b", half), null);
    for (int i = 0; i < 10; i++) {
      noise[random.nextInt(noise.length)]++;
      web = commit(Trees.WEB, web, Map.of("a", noise), null);
    }
    for (boolean packed : new boolean[] {false, true}) {
      if (packed) {
        store.collect(true);
      }
      StoreStats stats = stats();
      assertEquals(2_000_000, stats.live());
      assertEquals(11 * 2_000_000, stats.copies());
      assertTrue(stats.newest() > 2_000_000, stats.toString());
      assertTrue(stats.history() > 0 && stats.history() < 100_000, stats.toString());
      assertEquals(11, stats.deltaRatio() * stats.stored() / stats.content() * 11, 0.5);
      Path copy = temp.resolve("copy" + packed);
      store.copy(copy);
      double part = total.stored() / (double) Files.size(copy.resolve(StoreDirectory.DATA));
      assertTrue(part > 0.9 && part < 1.001, packed + ": " + part);
      assertEquals(3_000_000, total.live() - stats.live());
    }
  }

  /** A delta's base that no version has any more is stored, and is nobody's content. */
  @Test
  void isNeverBelowOne() throws IOException {
    byte[] bytes = new byte[60_000];
    Random random = new Random(1);
    random.nextBytes(bytes);
    Map<String, Entry> files = Map.of();
    for (int i = 0; i < 5; i++) {
      files = commit(Trees.WEB, files, Map.of("a", bytes), null);
      bytes[random.nextInt(bytes.length)]++;
    }
    store.forget(Trees.WEB, new Retention(1, Duration.ZERO, 0, 0, 0), Instant.now());
    store.collect(false);
    assertEquals(1, stats().versions());
    assertEquals(1, stats().dedupRatio(), stats().toString());
    assertTrue(stats().deltaRatio() > 0.5, stats().toString());
  }
}
