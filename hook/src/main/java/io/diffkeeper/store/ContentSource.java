package io.diffkeeper.store;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A file's bytes, to be stored. The file may change meanwhile; whoever needs one picture of it
 * looks for changes afterwards. It is read in ascending order until {@link #read} returns -1, so
 * the source of a file that may grow without end has to end it.
 */
public interface ContentSource {
  /** The size as last known, in bytes; a hint only. */
  long size();

  /** Whether it can be read in any order, by several threads at once. */
  default boolean isRandomAccess() {
    return false;
  }

  /**
   * Reads at least one byte, at most {@code to.remaining()}.
   *
   * @param to a direct buffer; its position is advanced by what was read
   * @param offset where to read, 0 or more
   * @return how many bytes were read, at least 1; -1 at or behind the end
   * @throws IOException if the file cannot be read
   */
  int read(ByteBuffer to, long offset) throws IOException;

  /**
   * Bytes that stay in memory as they are until all is stored, so that they need not be copied.
   *
   * @param offset where they are, 0 or more
   * @return a direct buffer of that many; null if they are not in memory: then they are to be read
   */
  default ByteBuffer inMemory(long offset, int bytes) {
    return null;
  }

  /**
   * The first offset at or after {@code offset} that has data, as SEEK_DATA.
   *
   * @return {@link #size()} if there is none
   * @throws IOException if the file cannot be read
   */
  long nextData(long offset) throws IOException;

  /**
   * The first offset at or after {@code offset} that is in a hole or the end, as SEEK_HOLE.
   *
   * @throws IOException if the file cannot be read
   */
  long nextHole(long offset) throws IOException;
}
