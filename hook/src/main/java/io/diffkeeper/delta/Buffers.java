package io.diffkeeper.delta;

import java.nio.ByteBuffer;

/** Direct buffers that grow when they are asked for more. */
final class Buffers {
  private Buffers() {}

  /** The buffer if it is large enough, else a larger one; what it holds is not kept. */
  static ByteBuffer ensure(ByteBuffer buffer, int bytes) {
    int capacity = buffer.capacity();
    return capacity >= bytes
        ? buffer
        : ByteBuffer.allocateDirect((int) Math.max(bytes, Math.min(2L * capacity, 1 << 30)));
  }
}
