package io.diffkeeper.store;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Takes a file's bytes; calls come in ascending order and cover the file without gaps. */
public interface ContentSink {
  /** So many bytes come at once, at most. */
  int BYTES_MAX = 256 << 10;

  /**
   * Says beforehand that a range has no hole, where that is known.
   *
   * @param offset where in the file it starts
   * @param length its length in bytes
   */
  default void dataFollows(long offset, long length) {}

  /**
   * Takes verified bytes.
   *
   * @param offset where in the file they are
   * @param bytes a direct buffer of 1 to {@link #BYTES_MAX} bytes, valid during the call only
   * @throws IOException if they cannot be taken; ends the reading
   */
  void data(long offset, ByteBuffer bytes) throws IOException;

  /**
   * Takes a hole, to be read as zeros.
   *
   * @param offset where in the file it starts
   * @param length its length in bytes, at least 1
   * @throws IOException if it cannot be taken; ends the reading
   */
  void hole(long offset, long length) throws IOException;
}
