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
  /** A delta of at most this part of the target is not worth looking long for a better one. */
  private static final int GOOD_PART = 64;

  /**
   * The same where what has moved was found: compressed by itself it would become shorter now, but
   * not in a pack, where it is compressed with all that is like it.
   */
  private static final int MOVED_GOOD_PART = 16;

  /** What has moved nearby is found so fast that it is looked for unless this little is left. */
  private static final int BEST_PART = 512;

  /** From this part on, the words may all have moved a little. */
  private static final int SPARSE_BAD_PART = 4;

  /** Whether words moved is tried on so many bytes first. */
  private static final int SAMPLE_BYTES = 4096;

  /** So many words have to have moved for planes to be tried first, or after something else. */
  private static final double EVERY_WORD = 0.75;

  private static final double SOME_WORDS = 0.25;

  /** A word that moved by more than that has another sign or another order of magnitude. */
  private static final int WORD_MOVED_MAX = 1 << 25;

  /** To look into so many overwritten windows costs no more than a sample would. */
  private static final int WINDOWS_FEW = 4;

  /** Shorter targets are searched at once. */
  private static final int LIKENESS_BYTES_MIN = 16 << 10;

  /** After so many samples in a row without a likeness only every fourth one is taken. */
  private static final int UNLIKE_MANY = 4;

  private static final int UNLIKE_STEP = 4;

  private final Frames frames = new Frames();
  private int unlike;
  private ByteBuffer trial = ByteBuffer.allocateDirect(0);
  private final Map<DeltaMethod, DeltaCodec> codecs = new EnumMap<>(DeltaMethod.class);
  private final Vcdiff near = new Vcdiff(true);

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
    int length = target.remaining();
    DeltaMethod best = better(DeltaMethod.SPARSE, base, target, delta, start, null);
    if (zstd) {
      best = zstd(base, target, delta, start, best);
    } else if (best == null || delta.position() - start > length / GOOD_PART) {
      best = better(chosen(library), base, target, delta, start, best);
    }
    delta.limit(limit);
    return best;
  }

  /** Looks for better than a sparse delta, first for what is found in little time. */
  private DeltaMethod zstd(
      ByteBuffer base, ByteBuffer target, ByteBuffer delta, int start, DeltaMethod sparse) {
    DeltaMethod best = sparse;
    int length = target.remaining();
    int bytes = delta.position() - start;
    boolean bad = best == null || bytes > length / SPARSE_BAD_PART;
    if (bad && wordsMoved(base, target, SOME_WORDS)) {
      return better(DeltaMethod.PLANES, base, target, delta, start, best);
    }
    if (best != null
        && bytes > length / BEST_PART
        && (near.overwritten(base, target) <= WINDOWS_FEW || likeness(near, base, target, bytes))) {
      best = better(DeltaMethod.VCDIFF, near, base, target, delta, start, best);
    }
    bytes = delta.position() - start;
    int good = best == DeltaMethod.VCDIFF ? length / MOVED_GOOD_PART : length / GOOD_PART;
    boolean search = (best == null || bytes > good) && likenessFarther(base, target);
    return search ? better(DeltaMethod.ZSTD, base, target, delta, start, best) : best;
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
   * @param library as for the choice between all
   * @param delta as for the choice between all
   * @return false if it is not that short
   */
  public boolean diff(
      DiffLibrary library,
      DeltaMethod method,
      ByteBuffer base,
      ByteBuffer target,
      ByteBuffer delta) {
    boolean nearby = library == DiffLibrary.ZSTD && method == DeltaMethod.VCDIFF;
    return (nearby ? near : codec(method)).diff(base, target, delta);
  }

  /** Tries a method behind what there is, and moves its delta there if it is shorter. */
  private DeltaMethod better(
      DeltaMethod method,
      ByteBuffer base,
      ByteBuffer target,
      ByteBuffer delta,
      int start,
      DeltaMethod best) {
    return better(method, codec(method), base, target, delta, start, best);
  }

  private DeltaMethod better(
      DeltaMethod method,
      DeltaCodec codec,
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
    if (!codec.diff(base, target, to)) {
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
   * Whether a search by zstd is worth its time. Its sample costs the most, as it reads the whole
   * base: where there was no likeness for long, it is not taken each time. Zstd itself would take
   * three times as long for it.
   */
  private boolean likenessFarther(ByteBuffer base, ByteBuffer target) {
    if (target.remaining() < LIKENESS_BYTES_MIN) {
      return true;
    }
    if (unlike >= UNLIKE_MANY && unlike % UNLIKE_STEP != 0) {
      unlike++;
      return false;
    }
    // What is compared is not compressed either way: only what was found counts.
    int differing = ((Sparse) codec(DeltaMethod.SPARSE)).differing();
    boolean like = likeness(codec(DeltaMethod.VCDIFF), base, target, differing);
    unlike = like ? 0 : unlike + 1;
    return like;
  }

  /**
   * Whether what was overwritten is somewhere else in the base, going by a sample from the longest
   * run: the search for it takes most of the time that there is.
   *
   * @param codec finds it
   * @param bytes what the changes take by now
   */
  private boolean likeness(DeltaCodec codec, ByteBuffer base, ByteBuffer target, int bytes) {
    int length = target.remaining();
    if (length < LIKENESS_BYTES_MIN) {
      return true;
    }
    Sparse sparse = (Sparse) codec(DeltaMethod.SPARSE);
    int from = Math.max(0, Math.min(length, sparse.middle() + SAMPLE_BYTES / 2) - SAMPLE_BYTES);
    long changed = sparse.differing(from, from + SAMPLE_BYTES);
    long limit = changed * bytes / Math.max(1, sparse.differing());
    trial = Buffers.ensure(trial, SAMPLE_BYTES);
    trial.clear().limit((int) Math.min(SAMPLE_BYTES, limit - limit / 8));
    ByteBuffer part = codec == near ? around(base, from) : base;
    return codec.diff(part, target.slice(target.position() + from, SAMPLE_BYTES), trial);
  }

  /** The base near the place of a sample of the target. */
  private static ByteBuffer around(ByteBuffer base, int from) {
    int start = Math.max(0, Math.min(base.remaining(), from + 2 * SAMPLE_BYTES) - 3 * SAMPLE_BYTES);
    int length = Math.min(3 * SAMPLE_BYTES, base.remaining() - start);
    return base.slice(base.position() + start, length);
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
