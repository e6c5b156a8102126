package io.diffkeeper.sys;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class NativeSha256LanesTest {
  private static final Path DIST =
      Path.of(System.getProperty("diffkeeper.dist", "target/dist")).toAbsolutePath();
  private static final int AT_MAX = 100;
  private static final int COUNT_MAX = 16;
  private static final int ROUNDS = 200;

  private static NativeSha256Lanes ours;

  @BeforeAll
  static void load() throws IOException {
    Path library = DIST.resolve("lib/diffkeeper/native/libdiffkeeper-sha256.so");
    assumeTrue(
        Files.readString(Path.of("/proc/cpuinfo")).contains("sha_ni"),
        "this processor has no instructions for SHA-256 on x86-64");
    ours = NativeSha256Lanes.of(library);
    assertNotNull(ours, "make build makes the library");
  }

  @Test
  void agreesWithJava() throws NoSuchAlgorithmException {
    Random random = new Random(20261128);
    for (int length = NativeSha256Lanes.LENGTH_MIN; length < 400; length++) {
      agrees(random, same(1 + random.nextInt(COUNT_MAX), length));
    }
    for (int count = 1; count <= COUNT_MAX; count++) {
      agrees(random, same(count, 1000));
    }
    for (int length : new int[] {65_534, 65_535, 65_536, 65_537, 1 << 20}) {
      agrees(random, same(COUNT_MAX, length));
    }
    for (int round = 0; round < ROUNDS; round++) {
      int[] lengths = new int[1 + random.nextInt(COUNT_MAX)];
      int range = random.nextBoolean() ? 3 : 700;
      Arrays.setAll(lengths, i -> NativeSha256Lanes.LENGTH_MIN + random.nextInt(range));
      agrees(random, lengths);
    }
  }

  private static int[] same(int count, int length) {
    int[] lengths = new int[count];
    Arrays.fill(lengths, length);
    return lengths;
  }

  private static void agrees(Random random, int[] lengths) throws NoSuchAlgorithmException {
    byte first = (byte) random.nextInt();
    List<ByteBuffer> messages = new ArrayList<>();
    ByteBuffer wanted = ByteBuffer.allocate(lengths.length * NativeSha256Lanes.BYTES);
    for (int length : lengths) {
      ByteBuffer message = filled(random, length);
      messages.add(message);
      MessageDigest java = MessageDigest.getInstance("SHA-256");
      java.update(first);
      java.update(message.duplicate());
      wanted.put(java.digest());
    }
    String what = Arrays.toString(lengths);
    assertArrayEquals(wanted.array(), ours.digests(first, messages), what);
    assertArrayEquals(wanted.array(), ours.digests(first, messages, 2), what + " in pairs");
    for (int i = 0; i < lengths.length; i++) {
      assertEquals(lengths[i], messages.get(i).remaining());
    }
  }

  /** Somewhere in a direct buffer. */
  private static ByteBuffer filled(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    int at = random.nextInt(AT_MAX);
    ByteBuffer buffer = ByteBuffer.allocateDirect(AT_MAX + length).position(at);
    return buffer.put(bytes).limit(at + length).position(at);
  }

  @Test
  void refusesWhatItCannotHash() {
    ByteBuffer one = ByteBuffer.allocateDirect(100);
    refuses(List.of());
    refuses(List.of(ByteBuffer.allocateDirect(NativeSha256Lanes.LENGTH_MIN - 1)));
    refuses(Collections.nCopies(COUNT_MAX + 1, one));
  }

  private static void refuses(List<ByteBuffer> messages) {
    assertThrows(IllegalArgumentException.class, () -> ours.digests((byte) 0, messages));
  }

  @Test
  void isNotThereWithoutItsLibrary() {
    assertNull(NativeSha256Lanes.of(DIST.resolve("no/such.so")));
    assertNull(NativeSha256Lanes.of(DIST.resolve("lib/diffkeeper/native/liblmdb.so")), "another");
  }
}
