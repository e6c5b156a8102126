package io.diffkeeper.store;

import io.diffkeeper.tree.Digest;
import java.time.Instant;
import java.util.Objects;

/**
 * What the writer of a version knows of it; the store adds the number and the stored bytes.
 *
 * @param parent the version it was made from, 0 for none, {@link #LATEST} for the newest one
 * @param root digest of the top directory as {@link VersionWriter#directory} gave it
 * @param base root of the tree the container started from in its image, stored too; may be null
 * @param time when the version was cut
 * @param origin the container
 * @param cut how consistent the version is
 * @param eventSource what told of the changes, for people
 * @param ended whether this is the final sweep of an ended container
 * @param filesChanged entries that differ from the parent, 0 or more
 * @param bytes the sizes of all regular files, 0 or more
 * @param provenance what else is known of how the version came about
 */
public record Draft(
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
    Provenance provenance) {

  /** As {@code parent}: the version that is the newest one when this one is committed. */
  public static final long LATEST = -1;

  /** Checks what can be checked without the store. */
  public Draft {
    Objects.requireNonNull(root);
    Objects.requireNonNull(time);
    Objects.requireNonNull(origin);
    Objects.requireNonNull(cut);
    Objects.requireNonNull(eventSource);
    Objects.requireNonNull(provenance);
    if (parent < LATEST || filesChanged < 0 || bytes < 0) {
      throw new IllegalArgumentException("negative count in a draft");
    }
  }

  /** A draft of whose provenance no more is known. */
  public Draft(
      long parent,
      Digest root,
      Digest base,
      Instant time,
      Origin origin,
      Cut cut,
      String eventSource,
      boolean ended,
      long filesChanged,
      long bytes) {
    this(
        parent,
        root,
        base,
        time,
        origin,
        cut,
        eventSource,
        ended,
        filesChanged,
        bytes,
        Provenance.NONE);
  }
}
