package io.diffkeeper.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SmallFilesTest {
  private static final int FILES = 40;
  private static final int HOLES_IN = 7;
  private static final int EMPTY = 9;
  private static final int DAMAGED = 12;

  private final Map<Integer, byte[]> read = new TreeMap<>();

  @TempDir Path temp;

  @AfterEach
  void hashAsBefore() {
    Store.hashWith(Hasher::portable);
  }

  private void take(int number, ByteBuffer bytes) {
    byte[] copy = new byte[bytes.remaining()];
    bytes.get(copy);
    read.put(number, copy);
  }

  @Test
  void areReadAsIfByThemselves() throws IOException {
    for (boolean packed : new boolean[] {false, true}) {
      for (boolean together : new boolean[] {false, true}) {
        if (together) {
          AtomicInteger most = new AtomicInteger();
          Store.hashWith(a -> new TogetherTest.Together(Hasher.portable(a), most));
        }
        read.clear();
        try (Store store = Store.open(temp.resolve("store" + packed + together))) {
          store.create(Trees.WEB, HashAlgorithm.SHA256, "");
          Random random = new Random(5);
          List<Contents> contents = new ArrayList<>();
          for (int i = 0; i < FILES; i++) {
            contents.add(Contents.random(random, i == EMPTY ? 0 : 1 + random.nextInt(60_000)));
          }
          contents.set(HOLES_IN, Contents.random(random, 50_000));
          contents.get(HOLES_IN).punch(0, 2 * Manifest.PAGE_BYTES);
          List<Entry> files = stored(store, contents);
          if (packed) {
            store.collect(true);
          }
          SmallFiles small = new SmallFiles(store, Trees.SPACE);
          assertEquals(List.of(HOLES_IN), small.read(files, this::take));
          assertEquals(FILES - 1, read.size());
          read.forEach((i, bytes) -> assertArrayEquals(contents.get(i).bytes(), bytes, "" + i));
        }
      }
    }
  }

  @Test
  void damagedOnesAreNotHandedOn() throws IOException {
    try (Store store = Store.open(temp.resolve("store"))) {
      store.create(Trees.WEB, HashAlgorithm.SHA256, "");
      List<Contents> contents = new ArrayList<>();
      byte[] bytes = new byte[1000];
      Random random = new Random(6);
      for (int i = 0; i < FILES; i++) {
        random.nextBytes(bytes);
        contents.add(Contents.of(bytes.clone()));
      }
      List<Entry> files = stored(store, contents);
      TogetherTest.flip(store, files.get(DAMAGED).content());
      SmallFiles small = new SmallFiles(store, Trees.SPACE);
      assertEquals(List.of(DAMAGED), small.read(files, this::take));
      assertEquals(FILES - 1, read.size());
    }
  }

  private static List<Entry> stored(Store store, List<Contents> contents) throws IOException {
    try (VersionWriter writer = store.writer(Trees.WEB)) {
      List<Entry> files = new ArrayList<>();
      for (Contents each : contents) {
        String name = String.format("f%02d", files.size());
        files.add(Trees.file(name, writer.file(each, null)));
      }
      Digest all = writer.directory(files);
      writer.commit(Trees.draft(writer.directory(List.of(Trees.directory("/data", all)))));
      return files;
    }
  }
}
