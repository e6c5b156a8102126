package io.diffkeeper.store;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;

/**
 * Whatever an object, a directory or a record says: it is decoded, or it is none. See {@code
 * DeltaFuzzTest} for how it is run.
 */
class DecodersFuzzTest {
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
