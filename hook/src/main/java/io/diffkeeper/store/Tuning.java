package io.diffkeeper.store;

import io.diffkeeper.DiffLibrary;
import java.util.Objects;

/**
 * How versions are written; what is stored already can be read whatever it says.
 *
 * @param library the delta algorithm
 * @param snapshotInterval after how many changes of a part of a file one is stored whole again, 1
 *     to 255; bounds what reading an old version costs
 */
public record Tuning(DiffLibrary library, int snapshotInterval) {
  /** What is used unless something else is asked for. */
  public static final Tuning DEFAULT = new Tuning(DiffLibrary.ZSTD, 30);

  /** Checks the range. */
  public Tuning {
    Objects.requireNonNull(library);
    if (snapshotInterval < 1 || snapshotInterval > StoredObject.TRAIL_MAX) {
      throw new IllegalArgumentException("snapshot interval out of range: " + snapshotInterval);
    }
  }
}
