package io.diffkeeper.store;

import io.diffkeeper.tree.Digest;
import java.time.Instant;

/**
 * One committed, immutable picture of a state.
 *
 * @param number from 1
 * @param parent the version it was made from; 0 if none
 * @param root digest of the top directory, whose entries are the state-dirs
 * @param base root of the tree the container started from in its image; null if unknown
 * @param time when it was cut
 * @param origin the container that wrote it
 * @param cut how consistent it is
 * @param eventSource what told of the changes, for people
 * @param ended whether this is the final sweep of an ended container
 * @param filesChanged entries that differ from the parent
 * @param bytes live size: the sizes of all regular files
 * @param storedBytes bytes the store took up for it, after compression and deduplication
 * @param provenance what else is known of how it came about
 */
public record Version(
    long number,
    long parent,
    Digest root,
    Digest base,
    Instant time,
    Origin origin,
    Cut cut,
    String eventSource,
    boolean ended,
    long filesChanged,
    long bytes,
    long storedBytes,
    Provenance provenance) {

  /** How its container ended after it. */
  public Ending ending() {
    return provenance.ending();
  }

  /** The same, with what is known of its container's end. */
  Version with(Ending told) {
    Provenance more = new Provenance(provenance.shortfall(), provenance.authors(), told);
    return with(root, base, cut, more);
  }

  /** What a repair has left of it. */
  Version damaged(Digest leftRoot, Digest leftBase) {
    return with(leftRoot, leftBase, Cut.DAMAGED, provenance);
  }

  private Version with(Digest newRoot, Digest newBase, Cut newCut, Provenance newProvenance) {
    return new Version(
        number,
        parent,
        newRoot,
        newBase,
        time,
        origin,
        newCut,
        eventSource,
        ended,
        filesChanged,
        bytes,
        storedBytes,
        newProvenance);
  }
}
