package io.diffkeeper.delta;

import io.diffkeeper.DiffLibrary;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.Map;

/**
 * All codecs with the buffers and native contexts they share, and the choice between them. For one
 * thread; to be closed.
 */
public final class DeltaCodecs implements AutoCloseable {
  /** A sparse delta of at most this part of the target is not worth looking for a better one. */
  private static final int SPARSE_GOOD_PART = 64;

  /** From this part on, the words may all have moved a little. */
  private static final int SPARSE_BAD_PART = 4;

  /** Whether words moved is tried on so many bytes first. */
  private static final int SAMPLE_BYTES = 4096;

  /** So many words have to have moved for planes to be tried first, or after something else. */
  private static final double EVERY_WORD = 0.75;

  private static final double SOME_WORDS = 0.25;

  /** A word that moved by more than that has another sign or another order of magnitude. */
  private static final int WORD_MOVED_MAX = 1 << 25;

  /** Shorter targets are searched at once. */
  private static final int LIKENESS_BYTES_MIN = 16 << 10;

  private final Frames frames = new Frames();
  private ByteBuffer trial = ByteBuffer.allocateDirect(0);
  private final Map<DeltaMethod, DeltaCodec> codecs = new EnumMap<>(DeltaMethod.class);

  /** The codec of a method. */
  public DeltaCodec codec(DeltaMethod method) {
    return codecs.computeIfAbsent(method, this::create);
  }

  private DeltaCodec create(DeltaMethod method) {
    Streams streams = new Streams(frames);
    return switch (method) {
      case SPARSE -> new Sparse(streams);
      case PLANES -> new Planes(streams);
      case ZSTD -> new Prefix(frames);
      case BSDIFF -> new Bsdiff(streams);
      case VCDIFF -> new Vcdiff();
    };
  }

  /**
   * Writes the smallest delta that is found with bounded effort.
   *
   * @param library what may be used: with ZSTD also what costs next to nothing to try
   * @param delta where it goes: the position is advanced; the limit is the longest that is of use
   * @return how it was made; null if there is none that short
   */
  public DeltaMethod diff(
      DiffLibrary library, ByteBuffer base, ByteBuffer target, ByteBuffer delta) {
    int start = delta.position();
    int limit = delta.limit();
    boolean zstd = library == DiffLibrary.ZSTD;
    if (zstd && wordsMoved(base, target, EVERY_WORD)) {
      DeltaMethod planes = better(DeltaMethod.PLANES, base, target, delta, start, null);
      if (planes != null) {
        return planes;
      }
    }
    DeltaMethod best = better(DeltaMethod.SPARSE, base, target, delta, start, null);
    int bytes = delta.position() - start;
    int length = target.remaining();
    if (best == null || bytes > length / SPARSE_GOOD_PART) {
      boolean bad = best == null || bytes > length / SPARSE_BAD_PART;
      if (zstd && bad && wordsMoved(base, target, SOME_WORDS)) {
        best = better(DeltaMethod.PLANES, base, target, delta, start, best);
      } else if (!zstd || best == null || likenessElsewhere(base, target, bytes)) {
        best = better(chosen(library), base, target, delta, start, best);
      }
    }
    delta.limit(limit);
    return best;
  }

  private static DeltaMethod chosen(DiffLibrary library) {
    return switch (library) {
      case ZSTD -> DeltaMethod.ZSTD;
      case BSDIFF -> DeltaMethod.BSDIFF;
      case XDELTA -> DeltaMethod.VCDIFF;
    };
  }

  /**
   * Writes a delta by one method, in the other direction of one that was the best.
   *
   * @param delta as for the choice between all
   * @return false if it is not that short
   */
  public boolean diff(DeltaMethod method, ByteBuffer base, ByteBuffer target, ByteBuffer delta) {
    return codec(method).diff(base, target, delta);
  }

  /** Tries a method behind what there is, and moves its delta there if it is shorter. */
  private DeltaMethod better(
      DeltaMethod method,
      ByteBuffer base,
      ByteBuffer target,
      ByteBuffer delta,
      int start,
      DeltaMethod best) {
    int end = delta.position();
    int bytes = best == null ? delta.limit() - start : end - start;
    // What is there already may leave too little room behind it: then the new one has its own.
    trial = best == null ? trial : Buffers.ensure(trial, bytes);
    ByteBuffer to = best == null ? delta : trial.clear().limit(bytes);
    if (!codec(method).diff(base, target, to)) {
      delta.position(best == null ? start : end);
      return best;
    }
    if (best != null) {
      delta.position(start);
      delta.put(to.flip());
    }
    return method;
  }

  /**
   * Whether what was overwritten is somewhere else in the base, going by a sample from the longest
   * run: the search for it takes most of the time that there is.
   *
   * @param sparseBytes what the changes take as they are
   */
  private boolean likenessElsewhere(ByteBuffer base, ByteBuffer target, int sparseBytes) {
    int length = target.remaining();
    if (length < LIKENESS_BYTES_MIN) {
      return true;
    }
    Sparse sparse = (Sparse) codec(DeltaMethod.SPARSE);
    int from = Math.max(0, Math.min(length, sparse.middle() + SAMPLE_BYTES / 2) - SAMPLE_BYTES);
    long changed = sparse.differing(from, from + SAMPLE_BYTES);
    long limit = changed * sparseBytes / Math.max(1, sparse.differing());
    trial = Buffers.ensure(trial, SAMPLE_BYTES);
    trial.clear().limit((int) Math.min(SAMPLE_BYTES, limit - limit / 8));
    return codec(DeltaMethod.ZSTD)
        .diff(base, target.slice(target.position() + from, SAMPLE_BYTES), trial);
  }

  /**
   * Whether the bytes of a sample's differing words separate well.
   *
   * @param part of the words that has to have moved, and not far
   */
  private boolean wordsMoved(ByteBuffer base, ByteBuffer target, double part) {
    int bytes = Math.min(SAMPLE_BYTES, Math.min(base.remaining(), target.remaining()) & ~3);
    if (bytes < SAMPLE_BYTES) {
      return false;
    }
    int from = (Math.min(base.remaining(), target.remaining()) - bytes) / 2 & ~3;
    int moved = 0;
    for (int i = 0; i < bytes; i += Integer.BYTES) {
      int old = Integer.reverseBytes(base.getInt(base.position() + from + i));
      int now = Integer.reverseBytes(target.getInt(target.position() + from + i));
      moved += now != old && Math.abs(now - old) < WORD_MOVED_MAX ? 1 : 0;
    }
    if (moved * Integer.BYTES < part * bytes) {
      return false; // a look that costs next to nothing
    }
    trial = Buffers.ensure(trial, bytes);
    ByteBuffer room = trial.clear().limit(bytes - bytes / 8);
    return codec(DeltaMethod.PLANES)
        .diff(
            base.slice(base.position() + from, bytes),
            target.slice(target.position() + from, bytes),
            room);
  }

  @Override
  public void close() {
    frames.close();
  }
}
