package io.diffkeeper.archive;

import io.diffkeeper.store.ContentSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The content of one file in a tar archive, which is read once and in order. */
final class TarContent implements ContentSource {
  private static final int BUFFER_BYTES = 64 << 10;
  static final int EXTENTS_MAX = 1 << 20;

  private final TarReader tar;
  private final long size;
  private final long[] starts;
  private final long[] ends;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int extent;
  private long inExtent;
  private long left;
  private int padding;

  /**
   * Data is from each start to the end of the same index; {@code left} bytes are in the archive.
   */
  private TarContent(TarReader tar, long size, long[] starts, long[] ends, long left, int padding) {
    this.tar = tar;
    this.size = size;
    this.starts = starts;
    this.ends = ends;
    this.left = left;
    this.padding = padding;
  }

  static TarContent whole(TarReader tar, long size) {
    long[] starts = size == 0 ? new long[0] : new long[] {0};
    long[] ends = size == 0 ? new long[0] : new long[] {size};
    return new TarContent(tar, size, starts, ends, size, TarFormat.padding(size));
  }

  /**
   * A sparse file of GNU's format 1.0: its content begins with the number of extents, then the
   * offset and length of each, a decimal number a line, filled up to a block.
   */
  static TarContent sparse(TarReader tar, long stored, long size) throws IOException {
    Lines lines = new Lines(tar);
    int count = (int) Math.min(lines.number(), EXTENTS_MAX + 1);
    if (count < 0 || count > EXTENTS_MAX) {
      throw tar.bad("a sparse file has too many extents");
    }
    long[] starts = new long[count];
    long[] ends = new long[count];
    long data = 0;
    long end = 0;
    for (int i = 0; i < count; i++) {
      starts[i] = lines.number();
      long length = lines.number();
      if (starts[i] < end || length < 0 || length > size - starts[i]) {
        throw tar.bad("a sparse file's extents are not in order");
      }
      ends[i] = starts[i] + length;
      end = ends[i];
      data += length;
    }
    if (data != stored - lines.bytes) {
      throw tar.bad("a sparse file's extents are not what it has");
    }
    return new TarContent(tar, size, starts, ends, data, TarFormat.padding(stored));
  }

  private static final class Lines {
    private final TarReader tar;
    private final byte[] block = new byte[TarFormat.BLOCK_BYTES];
    private int at = block.length;
    private long bytes;

    Lines(TarReader tar) {
      this.tar = tar;
    }

    long number() throws IOException {
      ByteArrayOutputStream digits = new ByteArrayOutputStream();
      while (true) {
        if (at == block.length) {
          tar.readFully(block);
          bytes += block.length;
          at = 0;
        }
        byte b = block[at++];
        if (b == '\n') {
          return tar.parse(digits.toString(StandardCharsets.US_ASCII));
        }
        digits.write(b);
        if (digits.size() > 20) {
          throw tar.bad("malformed number");
        }
      }
    }
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public int read(ByteBuffer to, long offset) throws IOException {
    if (offset >= size) {
      return -1;
    }
    long data = nextData(offset);
    if (data > offset) { // a hole, asked for as data
      int some = (int) Math.min(to.remaining(), Math.min(data - offset, BUFFER_BYTES));
      to.put(new byte[some]);
      return some;
    }
    if (offset != starts[extent] + inExtent) {
      throw new IllegalStateException("read out of order");
    }
    long most = Math.min(ends[extent] - offset, Math.min(to.remaining(), BUFFER_BYTES));
    int some = tar.read(buffer, (int) most);
    to.put(buffer, 0, some);
    left -= some;
    inExtent += some;
    if (offset + some == ends[extent]) {
      extent++;
      inExtent = 0;
    }
    return some;
  }

  @Override
  public long nextData(long offset) {
    int i = extent;
    while (i < starts.length && ends[i] <= offset) {
      i++;
    }
    return i == starts.length ? size : Math.max(offset, starts[i]);
  }

  @Override
  public long nextHole(long offset) {
    int i = extent;
    while (i < starts.length && ends[i] <= offset) {
      i++;
    }
    return i == starts.length || starts[i] > offset ? offset : ends[i];
  }

  /** Skips what was not read, and what fills up the last block. */
  void skipRest() throws IOException {
    tar.skip(left + padding);
    left = 0;
    padding = 0;
  }
}
