package io.diffkeeper.store;

import io.diffkeeper.tree.Digest;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Prints of the full leaves of large files as this process last stored them, by the digest of the
 * file's content: a leaf that has the same print need not be hashed again. For all threads.
 */
final class Prints {
  /** Of all files together: 1 MiB of memory for 4 GiB of content. */
  private static final int LEAVES_MAX = 1 << 16;

  private final Map<Digest, long[]> files = new LinkedHashMap<>(16, 0.75f, true);
  private int leaves;

  /** Room for the prints of that many leaves; null if they are too many to be kept. */
  static long[] room(long leaves) {
    return leaves > LEAVES_MAX ? null : new long[(int) leaves * Fingerprinter.LONGS];
  }

  /** The prints of that content's leaves, as far as they are known. */
  synchronized long[] of(Digest content) {
    long[] prints = content == null ? null : files.get(content);
    return prints == null ? new long[0] : prints;
  }

  /** Keeps them, and lets go what was not asked for longest. */
  synchronized void put(Digest content, long[] prints) {
    long[] before = files.put(content, prints);
    leaves += (prints.length - (before == null ? 0 : before.length)) / Fingerprinter.LONGS;
    var oldest = files.values().iterator();
    while (leaves > LEAVES_MAX) {
      leaves -= oldest.next().length / Fingerprinter.LONGS;
      oldest.remove();
    }
  }
}
