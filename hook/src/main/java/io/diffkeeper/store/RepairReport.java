package io.diffkeeper.store;

import java.nio.file.Path;
import java.util.List;

/**
 * What a repair found, and what became of it.
 *
 * @param versions versions that are left, whole ones and damaged ones
 * @param damaged how many of them lost something now, and are marked {@link Cut#DAMAGED}
 * @param dropped versions of which nothing could be saved
 * @param objects damaged objects that are gone, whether a version needed them or not
 * @param losses what is lost, and in which versions
 * @param kept the damaged data file, if the store was written anew; null if it was not
 */
public record RepairReport(
    long versions,
    long damaged,
    long dropped,
    long objects,
    List<VerifyReport.Problem> losses,
    Path kept) {

  /** Whether nothing was wrong. */
  public boolean ok() {
    return losses.isEmpty() && objects == 0;
  }
}
