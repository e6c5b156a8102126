package io.diffkeeper.files;

import java.nio.ByteBuffer;

/** Memory of one thread for directory listings. */
final class Buffers {
  private static final int LISTING_BYTES = 32 * 1024;
  private static final ThreadLocal<ByteBuffer> LISTING =
      ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(LISTING_BYTES));

  private Buffers() {}

  static ByteBuffer listing() {
    return LISTING.get();
  }
}
