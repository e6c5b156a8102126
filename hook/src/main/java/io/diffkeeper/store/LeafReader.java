package io.diffkeeper.store;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Reads a source leaf by leaf and finds out which pages are holes. */
final class LeafReader {
  private static final byte[] ZEROS = new byte[Manifest.PAGE_BYTES];

  private final ContentSource source;
  private long offset;

  /** From {@link #offset} to here it is all data, or all hole. */
  private long extentEnd;

  private boolean hole;

  /**
   * A reader.
   *
   * @param offset where to begin: a multiple of the leaf's length
   */
  LeafReader(ContentSource source, long offset) {
    this.source = source;
    this.offset = offset;
    this.extentEnd = offset;
  }

  /** How many bytes were read, or skipped as holes. */
  long offset() {
    return offset;
  }

  /** Skips the whole leaves that are holes at the offset, and gives their number. */
  long skipHoles() throws IOException {
    locate();
    long leaves = hole ? (extentEnd - offset) / Manifest.LEAF_BYTES : 0;
    offset += leaves * Manifest.LEAF_BYTES;
    return leaves;
  }

  /**
   * Fills a leaf, holes with zeros; less than a full one only at the end of the source.
   *
   * @return which of its pages are nothing but hole: bit n for the page n
   */
  int fill(ByteBuffer leaf) throws IOException {
    int holes = 0;
    int holeBytes = 0; // in the page that the position is in
    while (leaf.hasRemaining()) {
      locate();
      int page = leaf.position() / Manifest.PAGE_BYTES;
      int pageEnd = (page + 1) * Manifest.PAGE_BYTES;
      int before = leaf.position();
      if (hole) {
        int n = (int) Math.min(pageEnd - before, extentEnd - offset);
        leaf.put(ZEROS, 0, n);
        holeBytes += n;
        offset += n;
        // Also right if the source ends inside this page: then all that there is of it is hole.
        boolean all = holeBytes == leaf.position() - page * Manifest.PAGE_BYTES;
        holes = all ? holes | 1 << page : holes;
      } else if (!readData(leaf)) {
        return holes;
      } else {
        holes &= ~(1 << page); // the page that began as a hole goes on with data
        holeBytes = 0;
      }
      holeBytes = leaf.position() % Manifest.PAGE_BYTES == 0 ? 0 : holeBytes;
    }
    return holes;
  }

  private boolean readData(ByteBuffer leaf) throws IOException {
    int limit = leaf.limit();
    int before = leaf.position();
    leaf.limit((int) Math.min(limit, before + (extentEnd - offset)));
    int n = source.read(leaf, offset);
    leaf.limit(limit);
    if (n == 0 || (n > 0 && leaf.position() != before + n)) {
      throw new IOException("source gave no bytes or another number than it said");
    }
    offset += Math.max(n, 0);
    return n > 0;
  }

  private void locate() throws IOException {
    if (offset < extentEnd) {
      return;
    }
    long data = source.nextData(offset);
    hole = data > offset;
    long end = hole ? data : source.nextHole(offset);
    // At the end, or if the file shrank meanwhile, the read tells.
    extentEnd = end > offset ? end : Long.MAX_VALUE;
  }
}
