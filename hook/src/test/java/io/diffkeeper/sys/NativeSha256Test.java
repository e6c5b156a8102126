package io.diffkeeper.sys;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NativeSha256Test {
  @Test
  void agreesWithJava() throws Exception {
    assumeTrue(NativeSha256.isAvailable(), "the host has no libcrypto.so.3");
    Random random = new Random(20261122);
    ByteBuffer buffer = ByteBuffer.allocateDirect(300_000);
    NativeSha256 ours = new NativeSha256();
    for (int length : new int[] {0, 1, 54, 55, 56, 63, 64, 65, 4096, 250_000}) {
      byte[] bytes = new byte[length];
      random.nextBytes(bytes);
      int at = random.nextInt(50_000);
      buffer.clear().position(at).put(bytes).limit(at + length).position(at);
      byte tag = (byte) random.nextInt();
      MessageDigest java = MessageDigest.getInstance("SHA-256");
      java.update(tag);
      assertArrayEquals(java.digest(bytes), ours.digest(tag, buffer), "length " + length);
    }
  }
}
