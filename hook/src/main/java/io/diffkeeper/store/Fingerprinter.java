package io.diffkeeper.store;

import java.nio.ByteBuffer;

/**
 * Tells, faster than a digest, whether bytes are the same as others were in the same process: 128
 * bits that come out the same for others by chance only, whoever chose them. For one thread at a
 * time.
 */
public interface Fingerprinter extends AutoCloseable {
  /** How many numbers a print has. */
  int LONGS = 2;

  /**
   * Computes a print.
   *
   * @param bytes a direct buffer; read from position to limit, neither of which is changed
   * @param to where its numbers go
   * @param at index of the first of them
   */
  void print(ByteBuffer bytes, long[] to, int at);

  @Override
  default void close() {
    // Most hold nothing.
  }
}
