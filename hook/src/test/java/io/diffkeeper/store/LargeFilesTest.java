package io.diffkeeper.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.keeper.NativeHashers;
import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Large files are stored by several threads, which hash only what has another print: it has to come
 * out as if one thread had read and hashed everything.
 */
class LargeFilesTest {
  private static final int BYTES = 34 << 20; // more than a block of leaves
  private static final int LEAF = 1 << 16;
  private static final int ROUNDS = 12;

  @TempDir Path temp;

  /** Contents in another way. */
  private interface Likewise extends ContentSource {
    Contents contents();

    @Override
    default long size() {
      return contents().size();
    }

    @Override
    default boolean isRandomAccess() {
      return true;
    }

    @Override
    default int read(ByteBuffer to, long offset) {
      return contents().read(to, offset);
    }

    @Override
    default long nextData(long offset) {
      return contents().nextData(offset);
    }

    @Override
    default long nextHole(long offset) {
      return contents().nextHole(offset);
    }
  }

  /** To be read in order only, as by one thread. */
  private record InOrder(Contents contents) implements Likewise {
    @Override
    public boolean isRandomAccess() {
      return false;
    }
  }

  /** Says that it is longer than it is: it became shorter after it was looked at. */
  private record Shrunk(Contents contents, long size) implements Likewise {
    @Override
    public long nextData(long offset) {
      return offset;
    }

    @Override
    public long nextHole(long offset) {
      return size;
    }
  }

  /** Need not be copied. */
  private record InMemory(Contents contents, ByteBuffer bytes) implements Likewise {
    static InMemory of(byte[] bytes) {
      return new InMemory(
          Contents.of(bytes), ByteBuffer.allocateDirect(bytes.length).put(bytes).flip());
    }

    @Override
    public ByteBuffer inMemory(long offset, int length) {
      return bytes.slice((int) offset, length);
    }
  }

  /** Hashes pairs, and makes prints. */
  private record InPairs(AtomicInteger pairs) implements Hasher.Factory {
    @Override
    public Hasher create(HashAlgorithm algorithm) {
      return new TogetherTest.Together(Hasher.portable(algorithm), pairs);
    }

    @Override
    public Fingerprinter fingerprinter() {
      Hasher hasher = Hasher.portable(HashAlgorithm.SHA256);
      return (bytes, to, at) -> {
        ByteBuffer digest = ByteBuffer.allocate(Digest.BYTES);
        hasher.hash((byte) 0, bytes).write(digest);
        digest.flip().asLongBuffer().get(to, at, Fingerprinter.LONGS);
      };
    }
  }

  @AfterEach
  void hashAsBefore() {
    Store.hashWith(Hasher::portable);
  }

  private static byte[] edited(byte[] bytes, Random random) {
    int length =
        switch (random.nextInt(4)) {
          case 0 -> bytes.length - random.nextInt(3 * LEAF);
          case 1 -> bytes.length + random.nextInt(3 * LEAF);
          default -> bytes.length;
        };
    byte[] now = Arrays.copyOf(bytes, length);
    for (int edits = random.nextInt(9); edits > 0; edits--) {
      now[random.nextInt(length)] ^= (byte) (1 + random.nextInt(255));
    }
    // Enough for leaves to be stored whole, and what they were as deltas on them.
    for (int runs = random.nextInt(4); runs > 0; runs--) {
      byte[] run = new byte[random.nextInt(3 * LEAF)];
      random.nextBytes(run);
      System.arraycopy(run, 0, now, random.nextInt(length - run.length), run.length);
    }
    return now;
  }

  @ParameterizedTest
  @EnumSource(HashAlgorithm.class)
  void areTheSameAsReadByOneThread(HashAlgorithm hash) throws IOException {
    NativeHashers.use();
    // Java's BLAKE3 is slow.
    compareWithOneThread(hash, hash == HashAlgorithm.SHA256 ? BYTES : BYTES / 16);
  }

  @Test
  void areTheSameWhereTwoLeavesAreHashedAtATime() throws IOException {
    AtomicInteger pairs = new AtomicInteger();
    Store.hashWith(new InPairs(pairs));
    compareWithOneThread(HashAlgorithm.SHA256, BYTES / 8);
    assertTrue(pairs.get() > 0);
  }

  private void compareWithOneThread(HashAlgorithm hash, int size) throws IOException {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    try (Store store = Store.open(temp.resolve("store"));
        Store other = Store.open(temp.resolve("other"))) {
      store.create(Trees.WEB, hash, "");
      other.create(Trees.WEB, hash, "");
      Entry before = null;
      Entry one = null;
      for (int round = 0; round < ROUNDS; round++) {
        Contents contents = Contents.of(bytes);
        ContentSource source =
            switch (round % 4) {
              case 2 -> InMemory.of(bytes);
              case 3 -> new Shrunk(contents, bytes.length + 5L * LEAF);
              default -> contents;
            };
        before = stored(store, source, before);
        one = stored(other, new InOrder(contents), one);
        assertEquals(one, before, "seed " + seed + " round " + round);
        Contents.Sink sink = new Contents.Sink();
        store.read(Trees.WEB, before, sink);
        assertArrayEquals(bytes, sink.bytes.toByteArray(), "seed " + seed + " round " + round);
        bytes = edited(bytes, random);
      }
      assertEquals(List.of(), store.verify(null).problems());
    }
  }

  private static Entry stored(Store store, ContentSource source, Entry previous)
      throws IOException {
    try (VersionWriter writer = store.writer(Trees.WEB)) {
      Entry file = Trees.file("f", writer.file(source, previous));
      writer.commit(
          Trees.draft(
              writer.directory(
                  List.of(Trees.directory("/data", writer.directory(List.of(file)))))));
      return file;
    }
  }

  /** What comes back after it was replaced, and what other threads have just added, is there. */
  @Test
  void mayRepeatThemselves() throws IOException {
    NativeHashers.use();
    byte[] one = new byte[40 * LEAF];
    byte[] two = new byte[40 * LEAF];
    new Random(1).nextBytes(one);
    for (int at = LEAF; at < two.length; at++) {
      two[at] = one[at % (2 * LEAF)];
    }
    try (Store store = Store.open(temp)) {
      store.create(Trees.WEB, HashAlgorithm.SHA256, "");
      Entry before = null;
      for (int round = 0; round < 6; round++) {
        byte[] bytes = round % 2 == 0 ? one : two;
        before = stored(store, Contents.of(bytes), before);
        Contents.Sink sink = new Contents.Sink();
        store.read(Trees.WEB, before, sink);
        assertArrayEquals(bytes, sink.bytes.toByteArray());
      }
      assertEquals(List.of(), store.verify(null).problems());
    }
  }
}
