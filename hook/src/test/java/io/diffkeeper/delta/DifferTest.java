package io.diffkeeper.delta;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.diffkeeper.keeper.NativeHashers;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is found in C is what is found in Java. */
class DifferTest {
  private static final Path NATIVE =
      Path.of(System.getProperty("diffkeeper.dist", "target/dist"), "lib/diffkeeper/native")
          .toAbsolutePath();
  private static final int ROUNDS = 3000;
  private static final int LEAF = 1 << 16;
  private static final int AT_MAX = 9;

  private static Differ differ;

  private final Frames frames = new Frames();
  private final Sparse javaSparse = new Sparse(new Streams(frames), () -> null);
  private final Sparse sparse = new Sparse(new Streams(frames), () -> differ);

  @BeforeAll
  static void load() {
    differ = NativeHashers.differ(NATIVE.resolve("libdiffkeeper-deltas.so"));
    assertNotNull(differ, "make build makes the library");
  }

  @AfterEach
  void close() {
    frames.close();
  }

  @Test
  void findsWhatJavaFinds() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int round = 0; round < ROUNDS; round++) {
      ByteBuffer base = base(random, length(random));
      ByteBuffer target = target(random, base);
      agree(base, target, "seed " + seed + " round " + round);
    }
  }

  private static int length(Random random) {
    return switch (random.nextInt(20)) {
      case 0 -> random.nextInt(3 * LEAF);
      case 1 -> LEAF;
      case 2, 3 -> random.nextInt(20);
      default -> random.nextInt(9000);
    };
  }

  private void agree(ByteBuffer base, ByteBuffer target, String what) {
    assertEquals(diff(javaSparse, base, target), diff(sparse, base, target), what);
    assertEquals(back(javaSparse, base), back(sparse, base), what);
    assertEquals(javaSparse.differing(), sparse.differing(), what);
    assertEquals(javaSparse.middle(), sparse.middle(), what);
    assertEquals(javaSparse.isNoise(), sparse.isNoise(), what);
    int to = target.remaining();
    assertEquals(javaSparse.differing(to / 2, to), sparse.differing(to / 2, to), what);
    for (boolean near : new boolean[] {true, false}) {
      Vcdiff java = new Vcdiff(near, () -> null);
      Vcdiff found = new Vcdiff(near, () -> differ);
      assertEquals(diff(java, base, target), diff(found, base, target), what);
      if (near) {
        assertEquals(java.overwritten(base, target), found.overwritten(base, target), what);
      }
    }
  }

  private static ByteBuffer diff(DeltaCodec codec, ByteBuffer base, ByteBuffer target) {
    ByteBuffer delta = ByteBuffer.allocateDirect(4 * target.remaining() + 4000);
    int[] before = {base.position(), base.limit(), target.position(), target.limit()};
    codec.diff(base, target, delta);
    assertEquals(before[0], base.position());
    assertEquals(before[1], base.limit());
    assertEquals(before[2], target.position());
    assertEquals(before[3], target.limit());
    return delta.flip();
  }

  private static ByteBuffer back(Sparse sparse, ByteBuffer base) {
    ByteBuffer delta = ByteBuffer.allocateDirect(4 * base.remaining() + 4 * LEAF);
    sparse.back(false, delta);
    return delta.flip();
  }

  private static ByteBuffer base(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    if (random.nextBoolean()) { // few values: much is found elsewhere, and by chance
      int values = 1 + random.nextInt(3);
      for (int i = 0; i < length; i++) {
        bytes[i] = (byte) Math.floorMod(bytes[i], values);
      }
    }
    return direct(random, bytes);
  }

  /** Runs are overwritten, moved, repeated, and the end is cut off or goes on. */
  private static ByteBuffer target(Random random, ByteBuffer base) {
    int length = base.remaining();
    int longer =
        random.nextInt(3) == 0 ? Math.max(0, length + random.nextInt(9000) - 4500) : length;
    byte[] bytes = new byte[longer];
    random.nextBytes(bytes);
    base.duplicate().get(bytes, 0, Math.min(length, longer));
    for (int edits = random.nextInt(1 + random.nextInt(300)); edits > 0 && longer > 0; edits--) {
      int at = random.nextInt(longer);
      int count = random.nextInt(Math.min(1 + random.nextInt(3000), longer - at + 1));
      switch (random.nextInt(4)) {
        case 0 -> java.util.Arrays.fill(bytes, at, at + count, (byte) random.nextInt(2));
        case 1 -> System.arraycopy(bytes, random.nextInt(longer - count + 1), bytes, at, count);
        default -> {
          byte[] run = new byte[Math.min(count, 1 + random.nextInt(40))];
          random.nextBytes(run);
          System.arraycopy(run, 0, bytes, at, Math.min(count, run.length));
        }
      }
    }
    return direct(random, bytes);
  }

  /** Somewhere in a buffer. */
  private static ByteBuffer direct(Random random, byte[] bytes) {
    int at = random.nextInt(AT_MAX);
    ByteBuffer buffer = ByteBuffer.allocateDirect(at + bytes.length + random.nextInt(AT_MAX));
    return buffer.put(at, bytes).limit(at + bytes.length).position(at);
  }

  @Test
  void refusesBuffersThatAreTooShort() {
    ByteBuffer bytes = ByteBuffer.allocateDirect(100);
    ByteBuffer room = ByteBuffer.allocateDirect(100 + Differ.ROOM_BYTES);
    refuses(() -> differ.runs(bytes, bytes, 2, room, room, bytes, room));
    refuses(() -> differ.search(bytes, bytes, true, room, room, room));
    refuses(() -> differ.overwritten(ByteBuffer.allocate(100), bytes));
  }

  private static void refuses(org.junit.jupiter.api.function.Executable call) {
    assertThrows(IllegalArgumentException.class, call);
  }

  @Test
  void isNotThereWithoutItsLibrary() {
    assertNull(NativeHashers.differ(NATIVE.resolve("no-such.so")));
    assertNull(NativeHashers.differ(NATIVE.resolve("liblmdb.so")), "another");
  }
}
