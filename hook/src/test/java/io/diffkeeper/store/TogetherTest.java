package io.diffkeeper.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Leaves that are verified several at a time come out as if each had been by itself. */
class TogetherTest {
  private static final int ROUNDS = 40;
  private static final int LEAVES_MAX = 40;
  private static final int TOGETHER = 16;
  private static final int LEAF = Manifest.LEAF_BYTES;

  private final AtomicInteger most = new AtomicInteger();

  @TempDir Path temp;

  /** As one that is faster with several; tells how many they were at most. */
  record Together(Hasher each, AtomicInteger most) implements Hasher {
    @Override
    public Digest hash(byte tag, ByteBuffer bytes) {
      return each.hash(tag, bytes);
    }

    @Override
    public int together() {
      return TOGETHER;
    }

    @Override
    public List<Digest> hash(byte tag, List<ByteBuffer> all) {
      assertTrue(all.size() <= TOGETHER);
      most.accumulateAndGet(all.size(), Math::max);
      return Hasher.super.hash(tag, all);
    }
  }

  /** Puts what it is told where it belongs. */
  private record Placing(byte[] bytes) implements ContentSink {
    @Override
    public void data(long offset, ByteBuffer from) {
      from.get(bytes, (int) offset, from.remaining());
    }

    @Override
    public void hole(long offset, long length) {
      Arrays.fill(bytes, (int) offset, (int) (offset + length), (byte) 0);
    }
  }

  @BeforeEach
  void hashTogether() {
    Store.hashWith(algorithm -> new Together(Hasher.portable(algorithm), most));
  }

  @AfterEach
  void hashAsBefore() {
    Store.hashWith(Hasher::portable);
  }

  @Test
  void comeOutAsTheyWentIn() throws IOException {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    try (Store store = Store.open(temp.resolve("store"))) {
      store.create(Trees.WEB, HashAlgorithm.SHA256, "");
      for (int round = 0; round < ROUNDS; round++) {
        String where = "seed " + seed + " round " + round;
        Contents contents = Contents.random(random, random.nextInt(LEAVES_MAX * LEAF));
        for (int holes = random.nextInt(4); holes > 0 && contents.size() > 0; holes--) {
          int from = random.nextInt((int) contents.size());
          contents.punch(from, from + random.nextInt(3 * LEAF));
        }
        Entry file = stored(store, contents);
        Contents.Sink sink = new Contents.Sink();
        store.read(Trees.WEB, file, sink);
        assertArrayEquals(contents.bytes(), sink.bytes.toByteArray(), where);
        byte[] placed = new byte[contents.bytes().length];
        long middle = random.nextInt(placed.length + 1);
        store.read(Trees.SPACE, file, 0, middle, new Placing(placed));
        store.read(Trees.SPACE, file, middle, placed.length, new Placing(placed));
        assertArrayEquals(contents.bytes(), placed, where);
      }
    }
    assertEquals(TOGETHER, most.get());
  }

  @Test
  void hideNoDamage() throws IOException {
    byte[] bytes = new byte[4 * LEAF + 100];
    new Random(3).nextBytes(bytes);
    try (Store store = Store.open(temp.resolve("store"))) {
      store.create(Trees.WEB, HashAlgorithm.SHA256, "");
      Entry file = stored(store, Contents.of(bytes));
      for (int leaf = 0; leaf < 5; leaf++) {
        int start = leaf * LEAF;
        int length = Math.min(LEAF, bytes.length - start);
        ByteBuffer plain = ByteBuffer.allocateDirect(length).put(bytes, start, length).flip();
        Digest digest = Hasher.portable(HashAlgorithm.SHA256).hash(Kind.LEAF.code(), plain);
        flip(store, digest);
        ByteArrayOutputStream got = new ByteArrayOutputStream();
        DiffKeeperException damaged =
            assertThrows(
                DiffKeeperException.class,
                () -> store.read(Trees.WEB, file, new Collecting(got)),
                "leaf " + leaf);
        assertEquals(ExitCode.CORRUPT, damaged.exitCode());
        assertTrue(got.size() <= start, "leaf " + leaf + " was handed on");
        assertArrayEquals(Arrays.copyOf(bytes, got.size()), got.toByteArray());
        flip(store, digest);
      }
      assertEquals(List.of(), store.verify(null).problems());
    }
  }

  private record Collecting(ByteArrayOutputStream to) implements ContentSink {
    @Override
    public void data(long offset, ByteBuffer from) {
      byte[] part = new byte[from.remaining()];
      from.get(part);
      to.writeBytes(part);
    }

    @Override
    public void hole(long offset, long length) {
      throw new AssertionError("there is none");
    }
  }

  /** Counts the bytes that are said to follow, and fails if one of them is in a hole. */
  private static final class Expecting implements ContentSink {
    private long end;
    private long bytes;

    @Override
    public void dataFollows(long offset, long length) {
      assertTrue(offset >= end, "said twice");
      end = offset + length;
      bytes += length;
    }

    @Override
    public void data(long offset, ByteBuffer from) {
      // Others look at what is in it.
    }

    @Override
    public void hole(long offset, long length) {
      assertTrue(offset >= end, "a hole where data was to follow");
    }
  }

  @Test
  void areSaidToFollowWhereNoHoleIs() throws IOException {
    try (Store store = Store.open(temp.resolve("store"))) {
      store.create(Trees.WEB, HashAlgorithm.SHA256, "");
      Contents contents = Contents.random(new Random(4), 6 * LEAF + 1);
      Expecting dense = new Expecting();
      store.read(Trees.SPACE, stored(store, contents), 2 * LEAF, 5 * LEAF, dense);
      assertEquals(3 * LEAF, dense.bytes, "of the range");
      contents.punch(3 * LEAF, 3 * LEAF + Manifest.PAGE_BYTES);
      Expecting sparse = new Expecting();
      store.read(Trees.WEB, stored(store, contents), sparse);
      assertEquals(0, sparse.bytes);
    }
  }

  private static Entry stored(Store store, ContentSource source) throws IOException {
    try (VersionWriter writer = store.writer(Trees.WEB)) {
      Entry file = Trees.file("f", writer.file(source, null));
      Digest files = writer.directory(List.of(file));
      writer.commit(Trees.draft(writer.directory(List.of(Trees.directory("/data", files)))));
      return file;
    }
  }

  /** Flips a byte near the end of an object, wherever it is; it cannot be compressed. */
  static void flip(Store store, Digest digest) {
    Objects objects = store.objects();
    Packs packs = objects.packs();
    store
        .environment()
        .write(
            txn -> {
              StoredObject found = objects.find(txn, Trees.SPACE, digest);
              boolean packed = found.form() == StoredObject.PACKED;
              ByteBuffer key = packed ? Packs.key(found.pack()) : objects.key(Trees.SPACE, digest);
              ByteBuffer value = (packed ? packs.dbi() : objects.dbi()).get(txn, key);
              int end =
                  packed
                      ? Packs.HEADER_BYTES + found.offset() + found.packedBytes()
                      : value.remaining();
              ByteBuffer other = ByteBuffer.allocateDirect(value.remaining()).put(value).flip();
              other.put(end - 9, (byte) ~other.get(end - 9));
              return (packed ? packs.dbi() : objects.dbi()).put(txn, key, other);
            });
  }
}
