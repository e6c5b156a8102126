package io.diffkeeper.delta;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Supplier;

/**
 * Bytes that were overwritten in place, and what was appended: where runs of changed bytes are, and
 * their new bytes. Comes near the entropy of scattered changes, where a search for matches does
 * not.
 *
 * <pre>
 * delta   stream: varints of unchanged bytes before each run │ stream: varints of run lengths
 *         │ stream: the runs' bytes
 * </pre>
 *
 * What follows the last run is as in the base.
 */
final class Sparse implements DeltaCodec {
  /** A single unchanged byte between two runs is cheaper as a part of them. */
  private static final int GAP_MIN = 2;

  /** So many runs are compressed well. */
  private static final int MANY_RUNS = 1024;

  private final Streams streams;
  private final Supplier<Differ> differs;
  private ByteBuffer base = ByteBuffer.allocateDirect(0);
  private ByteBuffer target = base;
  // Java compares and takes apart arrays faster than buffers.
  private byte[] old = {};
  private byte[] now = {};
  private int targetBytes;
  private int common;
  private int middle;
  private int differing;
  private ByteBuffer gaps = ByteBuffer.allocateDirect(0);
  private ByteBuffer runs = ByteBuffer.allocateDirect(0);
  private ByteBuffer literals = ByteBuffer.allocateDirect(0);

  /** What the literals took the place of, where both are as long. */
  private ByteBuffer replaced = ByteBuffer.allocateDirect(0);

  private boolean noise;
  private final Gain gain = new Gain();

  /**
   * A codec.
   *
   * @param differs asked with each diff, as loading one takes time; gives null for none
   */
  Sparse(Streams streams, Supplier<Differ> differs) {
    this.streams = streams;
    this.differs = differs;
  }

  @Override
  public boolean diff(ByteBuffer base, ByteBuffer target, ByteBuffer delta) {
    look(base, target);
    return put(delta);
  }

  /** Looks for a delta, to be put yet. */
  void look(ByteBuffer base, ByteBuffer target) {
    int length = target.remaining();
    targetBytes = length;
    common = Math.min(base.remaining(), length);
    this.base = base;
    this.target = target;
    // A run takes at most one byte more of each than it covers.
    int room = length + Differ.ROOM_BYTES;
    gaps = Buffers.ensure(gaps, room);
    runs = Buffers.ensure(runs, room);
    literals = Buffers.ensure(literals, room);
    replaced = Buffers.ensure(replaced, room);
    Differ differ = differs.get();
    if (differ == null) {
      old = array(old, base);
      now = array(now, target);
    }
    find(differ, GAP_MIN);
    if (gaps.position() >= MANY_RUNS) {
      find(differ, 1); // compressed, a run more takes less than a byte more
    }
    differing = literals.position();
    gaps.flip();
    runs.flip();
    literals.flip();
    replaced.flip();
  }

  /** Appends the delta that was looked for last; false if there is too little room. */
  boolean put(ByteBuffer delta) {
    noise = false;
    if (!streams.put(gaps, delta) || !streams.put(runs, delta)) {
      return false;
    }
    int start = delta.position();
    boolean fits = streams.put(literals, delta);
    noise = !streams.isCompressed();
    if (fits && isLong()) {
      gain.measured(literals.remaining(), delta.position() - start);
    }
    return fits;
  }

  /**
   * Writes the last delta in the other direction; both were equally long.
   *
   * @param known whether what was overwritten is known to be noise
   * @return false if it would not fit, as for a delta
   */
  boolean back(boolean known, ByteBuffer delta) {
    return streams.put(gaps, delta)
        && streams.put(runs, delta)
        && (known ? streams.putPlain(replaced, delta) : streams.put(replaced, delta));
  }

  /** Whether what was written into the runs the last time gains nothing by compression. */
  boolean isNoise() {
    return noise;
  }

  /** Finds the runs; shorter gaps than that are made a part of them. */
  private void find(Differ differ, int gapMin) {
    gaps.clear();
    runs.clear();
    literals.clear();
    replaced.clear();
    if (differ == null) {
      runs(gapMin);
    } else {
      middle = differ.runs(base, target, gapMin, gaps, runs, literals, replaced);
    }
  }

  private void runs(int gapMin) {
    int end = 0; // of the run before
    int longestBytes = 0;
    middle = 0;
    int at = same(0);
    while (at < targetBytes) {
      int to = differing(at + 1); // end of the run
      int next = same(to);
      while (next - to < gapMin && next < targetBytes) {
        to = differing(next + 1);
        next = same(to);
      }
      Varints.put(gaps, at - end);
      Varints.put(runs, to - at);
      literals.put(now, at, to - at);
      replaced.put(old, at, Math.max(0, Math.min(to, common) - at));
      if (to - at > longestBytes) {
        longestBytes = to - at;
        middle = at + longestBytes / 2;
      }
      end = to;
      at = next;
    }
  }

  /** The first offset from {@code from} on where the two are the same; the target's end if none. */
  private int differing(int from) {
    // What is local is not read again for each byte.
    byte[] before = old;
    byte[] after = now;
    int end = common;
    int at = from;
    while (at < end && before[at] != after[at]) {
      at++;
    }
    return at < end ? at : Math.max(from, targetBytes);
  }

  private boolean isLong() {
    return literals.remaining() >= Streams.COMPRESSED_BYTES_MIN;
  }

  /** Whether the last delta's literals would be compressed, and are not likely to gain much. */
  boolean gainsLittle() {
    return isLong() && gain.isLittle();
  }

  /** Tells that there is no need to put the last delta. */
  void isNotPut() {
    gain.unmeasured();
  }

  /** How many bytes the last delta takes if its literals are compressed to half of them. */
  int halvedBytes() {
    return gaps.remaining() + runs.remaining() + literals.remaining() / 2;
  }

  /** How many bytes were in runs the last time. */
  int differing() {
    return differing;
  }

  /** The middle of the longest run that there was the last time. */
  int middle() {
    return middle;
  }

  /** How many of these bytes of the last target are other ones in the base. */
  int differing(int from, int to) {
    int known = Math.max(0, Math.min(to, common) - from);
    byte[] before = new byte[known];
    byte[] after = new byte[known];
    if (known > 0) {
      base.get(base.position() + from, before);
      target.get(target.position() + from, after);
    }
    int count = to - from - known;
    for (int i = 0; i < known; i++) {
      count += before[i] == after[i] ? 0 : 1;
    }
    return count;
  }

  private static byte[] array(byte[] array, ByteBuffer from) {
    int length = from.remaining();
    byte[] large = array.length >= length ? array : new byte[length];
    from.duplicate().get(large, 0, length);
    return large;
  }

  /** The first offset from {@code from} on where the two differ, or where one of them ends. */
  private int same(int from) {
    if (from >= common || old[from] != now[from]) {
      return from;
    }
    int length = Arrays.mismatch(old, from, common, now, from, common);
    return length < 0 ? common : from + length;
  }

  @Override
  public void apply(ByteBuffer base, ByteBuffer delta, ByteBuffer target) throws DeltaException {
    ByteBuffer from = delta.duplicate();
    ByteBuffer to = target.duplicate();
    int length = to.remaining();
    int max = length + Varints.BYTES_MAX;
    ByteBuffer gap = streams.get(from, max, 0);
    ByteBuffer run = streams.get(from, max, 1);
    ByteBuffer bytes = streams.get(from, length, 2);
    int common = Math.min(base.remaining(), length);
    to.put(base.duplicate().limit(base.position() + common)).position(target.position());
    for (int at = 0; gap.hasRemaining(); ) {
      int skipped = Varints.get(gap);
      int count = Varints.get(run);
      at += Math.min(skipped, length); // no further, so that it cannot overflow
      boolean known = skipped == 0 || at <= common;
      if (!known || count > length - at || count > bytes.remaining()) {
        throw new DeltaException("run of a delta out of range");
      }
      ByteBuffer part = bytes.duplicate().limit(bytes.position() + count);
      bytes.position(part.limit());
      to.position(target.position() + at).put(part);
      at += count;
    }
    if (run.hasRemaining() || bytes.hasRemaining() || from.hasRemaining()) {
      throw new DeltaException("delta goes on behind its end");
    }
    if (length > common && to.hasRemaining()) {
      throw new DeltaException("delta lacks its end");
    }
  }
}
