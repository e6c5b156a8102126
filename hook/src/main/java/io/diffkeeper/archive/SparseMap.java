package io.diffkeeper.archive;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Where a sparse file has data, as GNU's format 1.0 writes it before the data: the number of
 * extents, then the offset and length of each, a decimal number a line, filled up to a block. An
 * empty extent at the end has tar make the file that long.
 */
final class SparseMap {
  private final byte[] text;
  private final long dataBytes;

  /**
   * A map.
   *
   * @param extents start and end of each in turn, ascending
   * @param size the file's
   */
  SparseMap(long[] extents, long size) {
    StringBuilder lines = new StringBuilder().append(extents.length / 2 + 1).append('\n');
    long data = 0;
    for (int i = 0; i < extents.length; i += 2) {
      long length = extents[i + 1] - extents[i];
      lines.append(extents[i]).append('\n').append(length).append('\n');
      data += length;
    }
    lines.append(size).append("\n0\n");
    byte[] bytes = lines.toString().getBytes(StandardCharsets.US_ASCII);
    this.text = Arrays.copyOf(bytes, bytes.length + TarFormat.padding(bytes.length));
    this.dataBytes = data;
  }

  /** The map, filled up with zeros. */
  byte[] text() {
    return text;
  }

  long dataBytes() {
    return dataBytes;
  }

  /** What the archive has of the file: the map, and the data. */
  long storedBytes() {
    return text.length + dataBytes;
  }
}
