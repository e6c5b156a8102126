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
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class NativeSha256PairTest {
  private static final Path DIST =
      Path.of(System.getProperty("diffkeeper.dist", "target/dist")).toAbsolutePath();
  private static final int AT_MAX = 100;

  private static NativeSha256Pair ours;

  @BeforeAll
  static void load() throws IOException {
    Path library = DIST.resolve("lib/diffkeeper/native/libdiffkeeper-sha256.so");
    assumeTrue(
        Files.readString(Path.of("/proc/cpuinfo")).contains("sha_ni"),
        "this processor has no instructions for SHA-256 on x86-64");
    ours = NativeSha256Pair.of(library);
    assertNotNull(ours, "make build makes the library");
  }

  @Test
  void agreesWithJava() throws NoSuchAlgorithmException {
    Random random = new Random(20261128);
    for (int length = NativeSha256Pair.LENGTH_MIN; length < 400; length++) {
      agrees(random, length);
    }
    for (int length : new int[] {65_534, 65_535, 65_536, 65_537, 1 << 20}) {
      agrees(random, length);
    }
  }

  private static void agrees(Random random, int length) throws NoSuchAlgorithmException {
    ByteBuffer one = filled(random, length);
    ByteBuffer two = filled(random, length);
    byte first = (byte) random.nextInt();
    ByteBuffer digests = ByteBuffer.wrap(ours.digests(first, one, two));
    for (ByteBuffer bytes : new ByteBuffer[] {one, two}) {
      MessageDigest java = MessageDigest.getInstance("SHA-256");
      java.update(first);
      assertEquals(length, bytes.remaining());
      java.update(bytes.duplicate());
      byte[] digest = new byte[NativeSha256Pair.BYTES];
      digests.get(digest);
      assertArrayEquals(java.digest(), digest, "" + length);
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
  void refusesWhatIsNoPair() {
    ByteBuffer one = ByteBuffer.allocateDirect(100);
    ByteBuffer two = ByteBuffer.allocateDirect(101);
    assertThrows(IllegalArgumentException.class, () -> ours.digests((byte) 0, one, two));
    ByteBuffer small = ByteBuffer.allocateDirect(NativeSha256Pair.LENGTH_MIN - 1);
    assertThrows(IllegalArgumentException.class, () -> ours.digests((byte) 0, small, small));
  }

  @Test
  void isNotThereWithoutItsLibrary() {
    assertNull(NativeSha256Pair.of(DIST.resolve("no/such.so")));
    assertNull(NativeSha256Pair.of(DIST.resolve("lib/diffkeeper/native/liblmdb.so")), "another");
  }
}
