package io.diffkeeper.delta;

import io.diffkeeper.DiffLibrary;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Supplier;

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

  private static volatile Supplier<PlaneJoiner> joiners = () -> null;
  private static volatile Supplier<Differ> differs = () -> null;

  private final Frames frames = new Frames();
  private final Luck luckNearby = new Luck();
  private final Luck luckFarther = new Luck();
  private boolean noise;

  /** Whether what has moved nearby was looked for, but is not put. */
  private boolean lookedNearby;

  private ByteBuffer trial = ByteBuffer.allocateDirect(0);
  private final Map<DeltaMethod, DeltaCodec> codecs = new EnumMap<>(DeltaMethod.class);
  private Differ differ;
  private boolean differLooked;
  private final Sparse sparse = new Sparse(new Streams(frames), this::differ);
  private final Vcdiff near = new Vcdiff(true, this::differ);

  /**
   * Has the codecs that are made from now on use what is faster than Java. Each makes one for each
   * thread, or gives null where there is none.
   */
  public static void use(Supplier<PlaneJoiner> joining, Supplier<Differ> differing) {
    joiners = joining;
    differs = differing;
  }

  private Differ differ() {
    if (!differLooked) {
      differ = differs.get();
      differLooked = true;
    }
    return differ;
  }

  /** The codec of a method. */
  public DeltaCodec codec(DeltaMethod method) {
    return codecs.computeIfAbsent(method, this::create);
  }

  private DeltaCodec create(DeltaMethod method) {
    Streams streams = new Streams(frames);
    return switch (method) {
      case SPARSE -> sparse;
      case PLANES -> new Planes(Streams.ofNumbers(frames), joiners.get());
      case ZSTD -> new Prefix(frames);
      case BSDIFF -> new Bsdiff(streams);
      case VCDIFF -> new Vcdiff(false, this::differ);
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
    noise = false;
    int moved = zstd ? wordsMoved(base, target) : 0;
    if (zstd && wordsMoved(base, target, moved, EVERY_WORD)) {
      DeltaMethod planes = better(DeltaMethod.PLANES, base, target, delta, start, null);
      if (planes != null) {
        return planes;
      }
    }
    int length = target.remaining();
    sparse.look(base, target);
    lookedNearby = false;
    if (zstd && movedNearby(base, target, delta)) {
      return DeltaMethod.VCDIFF;
    }
    DeltaMethod best = sparse.put(delta) ? DeltaMethod.SPARSE : null;
    delta.position(best == null ? start : delta.position());
    noise = sparse.isNoise();
    if (zstd) {
      best = zstd(base, target, delta, start, best, moved);
    } else if (best == null || delta.position() - start > length / GOOD_PART) {
      best = better(chosen(library), base, target, delta, start, best);
    }
    delta.limit(limit);
    return best;
  }

  /**
   * Writes a delta of bytes that can only have been overwritten or appended.
   *
   * @param delta as for the choice between all
   * @return how it was made; null if it is not that short
   */
  public DeltaMethod diffInPlace(ByteBuffer base, ByteBuffer target, ByteBuffer delta) {
    DeltaMethod method = better(DeltaMethod.SPARSE, base, target, delta, delta.position(), null);
    noise = sparse.isNoise();
    return method;
  }

  /**
   * Looks for what has moved nearby before anything is compressed, where that is likely to be
   * found, and compression gains little: then it mostly is shorter, and takes less time.
   */
  private boolean movedNearby(ByteBuffer base, ByteBuffer target, ByteBuffer delta) {
    if (!sparse.gainsLittle()) {
      return false;
    }
    boolean sure =
        target.remaining() < LIKENESS_BYTES_MIN || near.overwritten(base, target) <= WINDOWS_FEW;
    if (!sure && !luckNearby.isGood()) {
      return false;
    }
    lookedNearby = true;
    int bytes = near.look(base, target);
    boolean found = bytes <= Math.min(sparse.halvedBytes(), target.remaining() / MOVED_GOOD_PART);
    boolean put = (sure || luckNearby.had(found)) && found && near.put(delta);
    if (put) {
      sparse.isNotPut();
    }
    return put;
  }

  /**
   * Writes a delta of bytes that are known to have moved within the base.
   *
   * @param delta as for the choice between all
   * @return how it was made; null if it is not that short
   */
  public DeltaMethod diffMoved(
      DiffLibrary library, ByteBuffer base, ByteBuffer target, ByteBuffer delta) {
    noise = false;
    return better(chosen(library), base, target, delta, delta.position(), null);
  }

  /** Looks for better than a sparse delta, first for what is found in little time. */
  private DeltaMethod zstd(
      ByteBuffer base,
      ByteBuffer target,
      ByteBuffer delta,
      int start,
      DeltaMethod overwritten,
      int moved) {
    DeltaMethod best = overwritten;
    int length = target.remaining();
    int bytes = delta.position() - start;
    boolean bad = best == null || bytes > length / SPARSE_BAD_PART;
    if (bad && wordsMoved(base, target, moved, SOME_WORDS)) {
      return better(DeltaMethod.PLANES, base, target, delta, start, best);
    }
    if (best != null
        && bytes > length / BEST_PART
        && (lookedNearby
            || near.overwritten(base, target) <= WINDOWS_FEW
            || likenessNearby(base, target, bytes))) {
      best = nearby(base, target, delta, start, best);
    }
    bytes = delta.position() - start;
    int good = best == DeltaMethod.VCDIFF ? length / MOVED_GOOD_PART : length / GOOD_PART;
    boolean search = (best == null || bytes > good) && likenessFarther(base, target);
    return search ? better(DeltaMethod.ZSTD, base, target, delta, start, best) : best;
  }

  /** Takes what has moved nearby if that is shorter than a sparse delta. */
  private DeltaMethod nearby(
      ByteBuffer base, ByteBuffer target, ByteBuffer delta, int start, DeltaMethod best) {
    int bytes = delta.position() - start;
    if ((lookedNearby ? near.bytes() : near.look(base, target)) > bytes) {
      return best;
    }
    delta.position(start);
    near.put(delta);
    return DeltaMethod.VCDIFF;
  }

  /** Whether what the last target has and its base has not is known to gain by no compression. */
  public boolean isNoise() {
    return noise;
  }

  private static DeltaMethod chosen(DiffLibrary library) {
    return switch (library) {
      case ZSTD -> DeltaMethod.ZSTD;
      case BSDIFF -> DeltaMethod.BSDIFF;
      case XDELTA -> DeltaMethod.VCDIFF;
    };
  }

  /**
   * Writes a delta in the other direction of the last one that was made, by the method that was the
   * best there.
   *
   * @param library as for the choice between all
   * @param base what was the target
   * @param target what was the base
   * @param noise whether compression is known to gain nothing with the target
   * @param delta as for the choice between all
   * @return false if it is not that short
   */
  public boolean back(
      DiffLibrary library,
      DeltaMethod method,
      ByteBuffer base,
      ByteBuffer target,
      boolean noise,
      ByteBuffer delta) {
    if (method == DeltaMethod.SPARSE && base.remaining() == target.remaining()) {
      return sparse.back(noise, delta);
    }
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

  private boolean likenessNearby(ByteBuffer base, ByteBuffer target, int bytes) {
    return target.remaining() < LIKENESS_BYTES_MIN
        || luckNearby.isTried() && luckNearby.had(likeness(near, base, target, bytes));
  }

  /**
   * Whether a search by zstd is worth its time. Its sample costs the most, as it reads the whole
   * base. Zstd itself would take three times as long for it.
   */
  private boolean likenessFarther(ByteBuffer base, ByteBuffer target) {
    if (target.remaining() < LIKENESS_BYTES_MIN) {
      return true;
    }
    // What is compared is not compressed either way: only what was found counts.
    return luckFarther.isTried()
        && luckFarther.had(likeness(codec(DeltaMethod.VCDIFF), base, target, sparse.differing()));
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

  /** How many words of a sample from the middle have moved, and not far. */
  private static int wordsMoved(ByteBuffer base, ByteBuffer target) {
    int from = sampleFrom(base, target);
    if (from < 0) {
      return 0;
    }
    ByteBuffer old = sample(base, from).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer now = sample(target, from).order(ByteOrder.LITTLE_ENDIAN);
    int moved = 0;
    for (int at = 0; at < SAMPLE_BYTES; ) {
      int same = old.position(at).mismatch(now.position(at));
      at = same < 0 ? SAMPLE_BYTES : at + same & -Integer.BYTES;
      int difference = -1;
      for (; at < SAMPLE_BYTES && difference != 0; at += Integer.BYTES) {
        difference = now.getInt(at) - old.getInt(at);
        moved += difference != 0 && Math.abs(difference) < WORD_MOVED_MAX ? 1 : 0;
      }
    }
    return moved;
  }

  /** Where a sample of words begins; -1 if one of the two is shorter. */
  private static int sampleFrom(ByteBuffer base, ByteBuffer target) {
    int common = Math.min(base.remaining(), target.remaining()) & -Integer.BYTES;
    return common < SAMPLE_BYTES ? -1 : (common - SAMPLE_BYTES) / 2 & -Integer.BYTES;
  }

  private static ByteBuffer sample(ByteBuffer of, int from) {
    return of.slice(of.position() + from, SAMPLE_BYTES);
  }

  /**
   * Whether the bytes of a sample's differing words separate well.
   *
   * @param moved how many have moved
   * @param part of the words that has to have moved
   */
  private boolean wordsMoved(ByteBuffer base, ByteBuffer target, int moved, double part) {
    if (moved == 0 || moved * Integer.BYTES < part * SAMPLE_BYTES) {
      return false;
    }
    int from = sampleFrom(base, target);
    trial = Buffers.ensure(trial, SAMPLE_BYTES);
    ByteBuffer room = trial.clear().limit(SAMPLE_BYTES - SAMPLE_BYTES / 8);
    return codec(DeltaMethod.PLANES).diff(sample(base, from), sample(target, from), room);
  }

  @Override
  public void close() {
    frames.close();
  }
}
