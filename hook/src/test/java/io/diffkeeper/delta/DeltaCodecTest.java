package io.diffkeeper.delta;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.DiffLibrary;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DeltaCodecTest {
  private static final int ROUNDS = 150;
  private static final int MUTATIONS = 1500;
  private static final int LEAF = 1 << 16;

  private final DeltaCodecs codecs = new DeltaCodecs();

  @AfterEach
  void close() {
    codecs.close();
  }

  @ParameterizedTest
  @EnumSource(DeltaMethod.class)
  void appliesWhatItDiffed(DeltaMethod method) throws DeltaException {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int round = 0; round < ROUNDS; round++) {
      byte[] base = bytes(random, random.nextInt(random.nextBoolean() ? 20 : 9000));
      byte[] target = edited(random, base);
      byte[] delta = diff(method, base, target, 4 * target.length + 4000);
      assertTrue(delta != null, method + " found no delta, seed " + seed);
      byte[] made = apply(method, base, delta, target.length);
      assertTrue(Arrays.equals(target, made), method + " seed " + seed + " round " + round);
    }
  }

  @ParameterizedTest
  @EnumSource(DiffLibrary.class)
  void goesBackByTheMethodThatWasTheBest(DiffLibrary library) throws DeltaException {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int round = 0; round < ROUNDS; round++) {
      byte[] base = bytes(random, random.nextInt(random.nextBoolean() ? 200 : 40_000));
      byte[] target = random.nextBoolean() ? overwritten(random, base) : edited(random, base);
      ByteBuffer delta = ByteBuffer.allocateDirect(2 * target.length + 4000);
      DeltaMethod method = codecs.diff(library, direct(base), direct(target), delta);
      if (method == null) {
        continue;
      }
      delta = ByteBuffer.allocateDirect(4 * base.length + 4000);
      boolean noise = random.nextInt(4) == 0;
      String what = method + " seed " + seed + " round " + round;
      assertTrue(codecs.back(library, method, direct(target), direct(base), noise, delta), what);
      byte[] back = new byte[delta.flip().remaining()];
      delta.get(back);
      assertTrue(Arrays.equals(base, apply(method, target, back, base.length)), what);
    }
  }

  private static byte[] overwritten(Random random, byte[] base) {
    byte[] target = base.clone();
    for (int runs = random.nextInt(2000); runs > 0 && base.length > 0; runs -= 1 + runs / 4) {
      int at = random.nextInt(base.length);
      byte[] run = new byte[random.nextInt(Math.min(100, base.length - at + 1))];
      random.nextBytes(run);
      System.arraycopy(run, 0, target, at, run.length);
    }
    return target;
  }

  /** Whatever a damaged delta says: an exception, or as many bytes as were asked for. */
  @ParameterizedTest
  @EnumSource(DeltaMethod.class)
  void refusesHostileDeltas(DeltaMethod method) {
    for (int seed = 1; seed <= MUTATIONS; seed++) {
      Random random = new Random(seed);
      byte[] base = bytes(random, random.nextInt(3000));
      byte[] target = edited(random, base);
      byte[] delta = diff(method, base, target, 4 * target.length + 4000);
      for (int hits = 1 + random.nextInt(6); hits > 0 && delta.length > 0; hits--) {
        int at = random.nextInt(random.nextBoolean() ? Math.min(24, delta.length) : delta.length);
        switch (random.nextInt(4)) {
          case 0 -> delta[at] ^= (byte) (1 << random.nextInt(8));
          case 1 -> delta[at] = (byte) (random.nextBoolean() ? 0xff : 0x7f);
          case 2 -> delta = Arrays.copyOf(delta, at);
          default -> delta = Arrays.copyOf(delta, delta.length + random.nextInt(9));
        }
      }
      int length = random.nextInt(3) == 0 ? random.nextInt(5000) : target.length;
      byte[] other = random.nextInt(3) == 0 ? new byte[random.nextInt(100)] : base;
      try {
        apply(method, other, delta, length);
      } catch (DeltaException refused) {
        assertTrue(refused.getMessage().length() < 100);
      } catch (RuntimeException | Error escaped) {
        throw new AssertionError(method + " seed " + seed, escaped);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(DiffLibrary.class)
  void neverMakesADeltaLongerThanAllowed(DiffLibrary library) throws DeltaException {
    Random random = new Random(5);
    byte[] periodic = new byte[LEAF];
    byte[] shifted = new byte[LEAF];
    for (int i = 0; i < LEAF; i++) {
      periodic[i] = (byte) i;
      shifted[i] = (byte) (i + 1);
    }
    byte[] noise = new byte[LEAF];
    byte[] other = new byte[LEAF];
    random.nextBytes(noise);
    random.nextBytes(other);
    byte[] zeros = new byte[LEAF];
    for (byte[][] pair :
        new byte[][][] {{periodic, shifted}, {zeros, noise}, {noise, zeros}, {noise, other}}) {
      ByteBuffer delta = ByteBuffer.allocateDirect(LEAF);
      DeltaMethod method = codecs.diff(library, direct(pair[0]), direct(pair[1]), delta);
      assertTrue(delta.position() <= LEAF);
      if (method != null) {
        byte[] bytes = new byte[delta.flip().remaining()];
        delta.get(bytes);
        assertTrue(Arrays.equals(pair[1], apply(method, pair[0], bytes, LEAF)), method.toString());
      }
    }
  }

  @Test
  void storesScatteredBytesNearTheirEntropy() {
    Random random = new Random(6);
    byte[] base = new byte[LEAF];
    random.nextBytes(base);
    byte[] target = base.clone();
    for (int i = 0; i < LEAF; i++) {
      target[i] = random.nextInt(10) == 0 ? (byte) random.nextInt() : target[i];
    }
    int bytes = diff(DeltaMethod.SPARSE, base, target, LEAF).length;
    assertTrue(bytes < LEAF * 18 / 100, "took " + bytes + " bytes");
  }

  @Test
  void findsWhatHasMovedAfterMuchThatHasNot() {
    Random random = new Random(11);
    byte[] base = bytes(random, LEAF);
    for (int i = 0; i < 20; i++) {
      byte[] scattered = base.clone();
      for (int at = 0; at + 100 < LEAF; at += 1000) {
        System.arraycopy(bytes(random, 100), 0, scattered, at, 100);
      }
      assertTrue(smallest(base, scattered) > LEAF / 20, "there is nothing to be found");
    }
    byte[] moved = base.clone();
    System.arraycopy(base, 0, moved, LEAF / 2, LEAF / 3);
    int least = LEAF;
    for (int i = 0; i < 8; i++) {
      least = Math.min(least, smallest(base, moved));
    }
    assertTrue(least < LEAF / 100, "it takes " + least);
  }

  private int smallest(byte[] base, byte[] target) {
    ByteBuffer delta = ByteBuffer.allocateDirect(LEAF);
    DeltaMethod method = codecs.diff(DiffLibrary.ZSTD, direct(base), direct(target), delta);
    return method == null ? LEAF : delta.position();
  }

  @Test
  void storesExponentsNearTheirEntropy() {
    Random random = new Random(8);
    ByteBuffer weights = ByteBuffer.allocateDirect(LEAF);
    int[] counts = new int[256];
    while (weights.hasRemaining()) {
      int bits = Float.floatToRawIntBits((float) random.nextGaussian() * 0.02f);
      weights.putInt(Integer.reverseBytes(bits));
      counts[(bits << 1 ^ bits >> 31) >>> 24]++;
    }
    double words = LEAF / (double) Integer.BYTES;
    double entropy = 0;
    for (int count : counts) {
      entropy -= count == 0 ? 0 : count * Math.log(count / words) / Math.log(2) / Byte.SIZE;
    }
    ByteBuffer delta = ByteBuffer.allocateDirect(LEAF);
    ByteBuffer none = ByteBuffer.allocateDirect(0);
    assertTrue(codecs.codec(DeltaMethod.PLANES).diff(none, weights.flip(), delta));
    double exponents = delta.position() - 3 * words;
    assertTrue(exponents < entropy * 1.04, exponents + " bytes for " + entropy);
  }

  @Test
  void storesMovedFloatsByPlanes() {
    Random random = new Random(7);
    ByteBuffer base = ByteBuffer.allocateDirect(LEAF);
    ByteBuffer target = ByteBuffer.allocateDirect(LEAF);
    while (base.hasRemaining()) {
      float weight = (float) random.nextGaussian() * 0.02f;
      base.putInt(Integer.reverseBytes(Float.floatToRawIntBits(weight)));
      float moved = weight + weight * 1e-5f * (float) random.nextGaussian();
      target.putInt(Integer.reverseBytes(Float.floatToRawIntBits(moved)));
    }
    ByteBuffer delta = ByteBuffer.allocateDirect(LEAF);
    assertEquals(
        DeltaMethod.PLANES, codecs.diff(DiffLibrary.ZSTD, base.flip(), target.flip(), delta));
    assertTrue(delta.position() < LEAF * 40 / 100, "took " + delta.position() + " bytes");
  }

  @ParameterizedTest
  @EnumSource(DiffLibrary.class)
  void findsWhatHasMoved(DiffLibrary library) {
    Random random = new Random(8);
    byte[] base = new byte[LEAF];
    random.nextBytes(base);
    byte[] target = new byte[LEAF];
    random.nextBytes(target);
    System.arraycopy(base, 0, target, 100, LEAF - 100);
    ByteBuffer delta = ByteBuffer.allocateDirect(LEAF);
    assertTrue(codecs.diff(library, direct(base), direct(target), delta) != null);
    assertTrue(delta.position() < 300, "took " + delta.position() + " bytes");
  }

  private byte[] diff(DeltaMethod method, byte[] base, byte[] target, int bytesMax) {
    ByteBuffer delta = ByteBuffer.allocateDirect(bytesMax);
    if (!codecs.codec(method).diff(direct(base), direct(target), delta)) {
      return null;
    }
    byte[] bytes = new byte[delta.flip().remaining()];
    delta.get(bytes);
    return bytes;
  }

  private byte[] apply(DeltaMethod method, byte[] base, byte[] delta, int length)
      throws DeltaException {
    ByteBuffer target = ByteBuffer.allocateDirect(length + 7).position(7); // not at the start
    codecs.codec(method).apply(direct(base), direct(delta), target);
    byte[] made = new byte[length];
    target.position(7).get(made);
    return made;
  }

  private static ByteBuffer direct(byte[] bytes) {
    return ByteBuffer.allocateDirect(bytes.length + 5).position(5).put(bytes).position(5);
  }

  private static byte[] bytes(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    if (random.nextBoolean()) {
      for (int i = 0; i < length; i++) {
        bytes[i] = (byte) (i / (1 + random.nextInt(3)) % 50);
      }
    }
    return bytes;
  }

  private static byte[] edited(Random random, byte[] base) {
    byte[] target = base.clone();
    for (int edits = random.nextInt(5); edits > 0; edits--) {
      byte[] news = bytes(random, random.nextInt(40));
      int at = random.nextInt(target.length + 1);
      int removed = random.nextBoolean() ? news.length : random.nextInt(200);
      int end = Math.min(target.length, at + removed);
      ByteBuffer spliced = ByteBuffer.allocate(target.length - (end - at) + news.length);
      target = spliced.put(target, 0, at).put(news).put(target, end, target.length - end).array();
    }
    return target;
  }
}
