package io.diffkeeper.sys;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import org.apache.commons.codec.digest.Blake3;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class NativeBlake3Test {
  private static final Path DIST =
      Path.of(System.getProperty("diffkeeper.dist", "target/dist")).toAbsolutePath();

  /** What the authors say of bytes that count from 0 to 250 and begin again, by their number. */
  private static final Map<Integer, String> PUBLISHED =
      Map.of(
          1, "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213",
          1023, "10108970eeda3eb932baac1428c7a2163b0e924c9a9e25b35bba72b28f70bd11",
          1024, "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7",
          1025, "d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444",
          3073, "7124b49501012f81cc7f11ca069ec9226cecb8a2c850cfe644e327d22d3e1cd3",
          7169, "a003fc7a51754a9b3c7fae0367ab3d782dccf28855a03d435f8cfe74605e7817");

  private static NativeBlake3 ours;

  @BeforeAll
  static void load() {
    ours = NativeBlake3.of(DIST.resolve("lib/diffkeeper/native/libdiffkeeper-blake3.so"));
    assertNotNull(ours, "make build makes the library");
  }

  @Test
  void isWhatItsAuthorsPublished() {
    PUBLISHED.forEach(
        (length, digest) -> {
          ByteBuffer rest = ByteBuffer.allocateDirect(length - 1);
          for (int i = 1; i < length; i++) {
            rest.put((byte) (i % 251));
          }
          assertEquals(digest, HexFormat.of().formatHex(ours.digest((byte) 0, rest.flip())));
        });
  }

  @Test
  void agreesWithJava() {
    Random random = new Random(20261128);
    ByteBuffer buffer = ByteBuffer.allocateDirect(400_000);
    for (int length : new int[] {0, 1, 63, 64, 1022, 1023, 1024, 65_534, 65_535, 65_536, 200_000}) {
      agrees(random, buffer, length);
    }
    for (int i = 0; i < 200; i++) {
      agrees(random, buffer, random.nextInt(140_000));
    }
  }

  private static void agrees(Random random, ByteBuffer buffer, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    int at = random.nextInt(50_000);
    buffer.clear().position(at).put(bytes).limit(at + length).position(at);
    byte first = (byte) random.nextInt();
    Blake3 java = Blake3.initHash().update(new byte[] {first}).update(bytes);
    assertArrayEquals(java.doFinalize(NativeBlake3.BYTES), ours.digest(first, buffer), "" + length);
    assertEquals(at, buffer.position());
  }

  @Test
  void isNotThereWithoutItsLibrary() {
    assertNull(NativeBlake3.of(DIST.resolve("no/such.so")));
    assertNull(NativeBlake3.of(DIST.resolve("lib/diffkeeper/native/liblmdb.so")), "another one");
  }
}
