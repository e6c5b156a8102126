package io.diffkeeper.store;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.Zstd;
import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.tree.Digest;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class ObjectsTest {
  private static final Space SPACE =
      Space.of(Trees.WEB, HashAlgorithm.SHA256, io.diffkeeper.DedupScope.CONTAINER);

  private final byte[] plain = "a leaf, a leaf, a leaf, a leaf, a leaf, a leaf".getBytes();

  @Test
  void isSoundAloneIfItHasAllAndThatIsAsItWas() {
    assertTrue(isSoundAlone(StoredObject.PLAIN, plain));
    assertTrue(isSoundAlone(StoredObject.ZSTD, Zstd.compress(plain)));
  }

  /** As of an entry whose pages have become others' since. */
  @Test
  void isNotSoundIfItsBytesAreOthers() {
    byte[] other = plain.clone();
    other[7] ^= 1;
    assertFalse(isSoundAlone(StoredObject.PLAIN, other));
    assertFalse(isSoundAlone(StoredObject.ZSTD, Zstd.compress(other)));
    assertFalse(isSoundAlone(StoredObject.ZSTD, plain));
    assertFalse(isSoundAlone(StoredObject.PLAIN, new byte[1]));
  }

  @Test
  void isNotAloneIfItNeedsAnotherOrAPack() {
    assertFalse(isSoundAlone(StoredObject.PACKED, new byte[StoredObject.PLACE_BYTES]));
    assertFalse(isSoundAlone(1, new byte[Digest.BYTES + 10]));
  }

  private boolean isSoundAlone(int form, byte[] body) {
    try (Scratch scratch = new Scratch()) {
      Kind kind = Kind.LEAF;
      scratch.plain(plain.length).put(plain).flip();
      Digest digest = scratch.hasher(SPACE.hash()).hash(kind.code(), scratch.plain());
      ByteBuffer key = ByteBuffer.allocateDirect(Space.KEY_BYTES_MAX);
      SPACE.putKey(key, digest);
      ByteBuffer value = ByteBuffer.allocateDirect(StoredObject.HEADER_BYTES + body.length);
      StoredObject.putHeader(value, kind, form, 0, plain.length);
      return Objects.isSoundAlone(key.flip(), value.put(body).flip(), scratch);
    }
  }
}
