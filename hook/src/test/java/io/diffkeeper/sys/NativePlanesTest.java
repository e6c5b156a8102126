package io.diffkeeper.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class NativePlanesTest {
  private static final Path DIST =
      Path.of(System.getProperty("diffkeeper.dist", "target/dist")).toAbsolutePath();
  private static final int PLANES = 4;
  private static final int AT_MAX = 70;
  private static final byte OUTSIDE = 77;

  private static NativePlanes ours;

  @BeforeAll
  static void load() {
    ours = NativePlanes.of(DIST.resolve("lib/diffkeeper/native/libdiffkeeper-planes.so"));
    assertNotNull(ours, "make build makes the library");
  }

  @Test
  void putsEachWordTogether() {
    Random random = new Random(20261129);
    for (int words = 0; words < 100; words++) {
      for (int common = 0; common <= words; common += 1 + random.nextInt(9)) {
        agrees(random, words, common);
      }
    }
    agrees(random, 16_384, 16_384);
    agrees(random, 16_383, 77);
  }

  private static void agrees(Random random, int words, int common) {
    ByteBuffer[] planes = new ByteBuffer[PLANES];
    for (int i = 0; i < PLANES; i++) {
      planes[i] = filled(random, words);
    }
    ByteBuffer base = filled(random, common * Integer.BYTES);
    int at = random.nextInt(AT_MAX);
    ByteBuffer target = ByteBuffer.allocateDirect(at + words * Integer.BYTES + AT_MAX);
    for (int i = 0; i < target.capacity(); i++) {
      target.put(i, OUTSIDE);
    }
    ours.join(planes, base, common, target.position(at), words);
    assertEquals(at, target.position());
    ByteBuffer little = base.slice().order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer found = target.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < words; i++) {
      int folded = 0;
      for (int plane = PLANES - 1; plane >= 0; plane--) {
        folded = folded << Byte.SIZE | planes[plane].get(planes[plane].position() + i) & 0xff;
      }
      int old = i < common ? little.getInt(i * Integer.BYTES) : 0;
      assertEquals(old + (folded >>> 1 ^ -(folded & 1)), found.getInt(at + i * Integer.BYTES));
    }
    for (int i = 0; i < target.capacity(); i++) {
      if (i < at || i >= at + words * Integer.BYTES) {
        assertEquals(OUTSIDE, target.get(i), "wrote beside its target");
      }
    }
  }

  /** Somewhere in a direct buffer. */
  private static ByteBuffer filled(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    int at = random.nextInt(AT_MAX);
    return ByteBuffer.allocateDirect(at + length).position(at).put(bytes).position(at);
  }

  @Test
  void refusesBuffersThatAreTooShort() {
    ByteBuffer sixteen = ByteBuffer.allocateDirect(16);
    ByteBuffer three = ByteBuffer.allocateDirect(3);
    ByteBuffer[] full = {sixteen, sixteen, sixteen, sixteen};
    ByteBuffer[] lacking = {sixteen, sixteen, three, sixteen};
    refuses(lacking, sixteen, 4, sixteen, 4);
    refuses(full, three, 4, sixteen, 4);
    refuses(full, sixteen, 4, three, 4);
    refuses(full, sixteen, -1, sixteen, 4);
    refuses(full, ByteBuffer.allocate(16), 4, sixteen, 4);
  }

  private static void refuses(
      ByteBuffer[] planes, ByteBuffer base, int common, ByteBuffer target, int words) {
    assertThrows(
        IllegalArgumentException.class, () -> ours.join(planes, base, common, target, words));
  }

  @Test
  void isNotThereWithoutItsLibrary() {
    assertNull(NativePlanes.of(DIST.resolve("no/such.so")));
    assertNull(NativePlanes.of(DIST.resolve("lib/diffkeeper/native/liblmdb.so")), "another");
  }
}
