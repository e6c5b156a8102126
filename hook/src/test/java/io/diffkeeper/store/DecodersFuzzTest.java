package io.diffkeeper.store;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.diffkeeper.tree.Digest;
import java.nio.ByteBuffer;

/**
 * Whatever an object, a manifest, a directory or a record says: it is decoded, or it is none. See
 * {@code DeltaFuzzTest} for how it is run.
 */
class DecodersFuzzTest {
  private static final Digest DIGEST = Digest.of(new byte[Digest.BYTES]);

  private static ByteBuffer direct(byte[] input) {
    return ByteBuffer.allocateDirect(input.length).put(input).flip();
  }

  @FuzzTest
  void object(byte[] input) {
    StoredObject object = StoredObject.parse(direct(input));
    if (object != null && object.form() == StoredObject.PACKED) {
      object.pack();
      object.offset();
      object.packedBytes();
    }
  }

  /** An object that needs no other one, of any form: plain, a zstd frame, planes. */
  @FuzzTest
  void whole(byte[] input) {
    try (Scratch scratch = new Scratch()) {
      ByteBuffer key = ByteBuffer.allocateDirect(Space.KEY_BYTES_MAX);
      Trees.SPACE.putKey(key, DIGEST);
      if (Objects.isSoundAlone(key.flip(), direct(input), scratch)) {
        throw new AssertionError("as it should be, by chance");
      }
    }
  }

  /** The manifest of a file, as {@code u64 size │ references} or {@code u64 size │ blocks}. */
  @FuzzTest
  void manifest(byte[] input) {
    long size = input.length < Long.BYTES ? 0 : direct(input).getLong() & Long.MAX_VALUE;
    Seen seen = new Seen(size);
    try {
      new ManifestReader(null, null, null).walk(DIGEST, Kind.FILE, direct(input), size, seen);
    } catch (Damage refused) {
      return; // as it should be
    }
    if (seen.end != size) {
      throw new AssertionError(seen.end + " of " + size + " bytes");
    }
  }

  /** Parts of a file, which have to follow each other. Blocks are not read. */
  private static final class Seen implements ManifestReader.Visitor<RuntimeException> {
    private final long size;
    private long end;

    Seen(long size) {
      this.size = size;
    }

    @Override
    public boolean block(long offset, Digest block) {
      hole(offset, Math.min(Manifest.BLOCK_SPAN_BYTES, size - offset));
      return false;
    }

    @Override
    public void leaf(long offset, int length, int holes, Digest digest, boolean loaded) {
      hole(offset, length);
    }

    @Override
    public void hole(long offset, long length) {
      if (offset != end || length < 0) {
        throw new AssertionError(offset + " + " + length + " after " + end);
      }
      end += length;
    }
  }

  @FuzzTest
  void directory(byte[] input) {
    Directories.decode(Kind.DIRECTORY, direct(input));
  }

  @FuzzTest
  void root(byte[] input) {
    Directories.decode(Kind.ROOT, direct(input));
  }

  /** With a checksum that is right, as whoever writes one on purpose has it. */
  private static ByteBuffer sealed(ByteBuffer key, byte[] body) {
    ByteBuffer record = ByteBuffer.allocateDirect(body.length + Fields.CHECKSUM_BYTES);
    return Fields.seal(key.duplicate(), record.put(body));
  }

  @FuzzTest
  void state(byte[] input) {
    ByteBuffer key = Records.stateKey(Trees.WEB);
    Records.state(key.duplicate(), sealed(key, input));
  }

  @FuzzTest
  void version(byte[] input) {
    ByteBuffer key = Records.versionKey(Records.stateKey(Trees.WEB), 3);
    Records.version(key.duplicate(), sealed(key, input));
  }
}
