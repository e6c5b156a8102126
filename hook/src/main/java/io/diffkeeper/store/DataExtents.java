package io.diffkeeper.store;

import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import java.util.Arrays;

/** Collects where a file has data, from its manifest alone. */
final class DataExtents implements ManifestReader.Visitor<RuntimeException> {
  private static final int SPACE_MIN = 16;

  private final int countMax;
  private long[] bounds = new long[SPACE_MIN];
  private int length;

  private DataExtents(int countMax) {
    this.countMax = countMax;
  }

  /** As {@link Store#extents} says. */
  static long[] of(Objects objects, Space space, Scratch scratch, Entry file, int countMax) {
    DataExtents extents = new DataExtents(countMax);
    new ManifestReader(objects, space, scratch).walk(file.content(), file.size(), extents);
    return extents.bounds == null ? null : Arrays.copyOf(extents.bounds, extents.length);
  }

  @Override
  public void leaf(long offset, int bytes, int holes, Digest digest, boolean loaded) {
    for (int start = 0; start < bytes && digest != null; start += Manifest.PAGE_BYTES) {
      if ((holes >> start / Manifest.PAGE_BYTES & 1) == 0) {
        add(offset + start, offset + Math.min(bytes, start + Manifest.PAGE_BYTES));
      }
    }
  }

  @Override
  public void hole(long offset, long bytes) {
    // What is not data is a hole.
  }

  private void add(long start, long end) {
    if (bounds == null) {
      return;
    }
    if (length > 0 && bounds[length - 1] == start) {
      bounds[length - 1] = end;
      return;
    }
    if (length / 2 == countMax) {
      bounds = null;
      return;
    }
    if (length == bounds.length) {
      bounds = Arrays.copyOf(bounds, 2 * length);
    }
    bounds[length++] = start;
    bounds[length++] = end;
  }
}
