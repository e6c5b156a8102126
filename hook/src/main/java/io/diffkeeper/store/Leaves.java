package io.diffkeeper.store;

import io.diffkeeper.tree.Digest;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Full leaves of a file that follow each other: what they were, and what they are. Threads take
 * different ones at the same time.
 */
final class Leaves {
  private final ContentSource source;
  private final long first;
  private final Digest[] previous;
  private final Moved[] moved;
  private final Digest[] digests;
  private final long[] oldPrints;
  private final long[] prints;

  /**
   * Leaves that are not read yet.
   *
   * @param first index of the first one in the file
   * @param previous their digests as they were; null for what was not there
   * @param moved where each of them may have come from instead; null for nowhere
   * @param oldPrints of the file's leaves as they were, as far as they are known
   * @param prints of the file's leaves, to be filled in; null if they are not to be kept
   */
  Leaves(
      ContentSource source,
      long first,
      Digest[] previous,
      Moved[] moved,
      long[] oldPrints,
      long[] prints) {
    this.source = source;
    this.first = first;
    this.previous = previous;
    this.moved = moved;
    this.digests = new Digest[previous.length];
    this.oldPrints = oldPrints;
    this.prints = prints;
  }

  ContentSource source() {
    return source;
  }

  int count() {
    return previous.length;
  }

  long offset(int at) {
    return (first + at) * Manifest.LEAF_BYTES;
  }

  Digest previous(int at) {
    return previous[at];
  }

  Moved moved(int at) {
    return moved[at];
  }

  void set(int at, Digest digest) {
    digests[at] = digest;
  }

  /** The digest of a leaf; null if the source turned out to end before it did. */
  Digest digest(int at) {
    return digests[at];
  }

  /**
   * Makes the print of a leaf that was read.
   *
   * @param printer makes prints; null if there is none
   * @return whether the leaf is as it was
   */
  boolean print(int at, ByteBuffer leaf, Fingerprinter printer) {
    if (prints == null || printer == null) {
      return false;
    }
    int from = (int) (first + at) * Fingerprinter.LONGS;
    int to = from + Fingerprinter.LONGS;
    printer.print(leaf, prints, from);
    return previous[at] != null
        && to <= oldPrints.length
        && Arrays.equals(prints, from, to, oldPrints, from, to);
  }

  /**
   * Whether bytes are what a leaf was, as far as its print is known.
   *
   * @param printer makes prints; null if there is none
   */
  boolean isPrevious(int at, ByteBuffer bytes, Fingerprinter printer) {
    int from = (int) (first + at) * Fingerprinter.LONGS;
    int to = from + Fingerprinter.LONGS;
    if (printer == null || to > oldPrints.length) {
      return false;
    }
    long[] print = new long[Fingerprinter.LONGS];
    printer.print(bytes, print, 0);
    return Arrays.equals(print, 0, print.length, oldPrints, from, to);
  }
}
