package io.diffkeeper.delta;

import java.nio.ByteBuffer;

/**
 * The algorithm of bsdiff (C. Percival, 2003): stretches that nearly match, wherever in the base
 * they are, as bytewise differences; a suffix array finds them. Small and slow.
 *
 * <pre>
 * delta     stream: controls │ stream: differences, to be added to the base │ stream: new bytes
 * control   varint bytes of difference │ varint new bytes │ varint seek in the base, sign lowest
 * </pre>
 */
final class Bsdiff implements DeltaCodec {
  /** An exact continuation has to be that much better to be left for another match. */
  private static final int BETTER_MIN = 8;

  /** Comparing bytes is given up after so many for each byte: periodic content costs no more. */
  private static final int EFFORT_PER_BYTE = 400;

  private final Streams streams;
  private ByteBuffer controls = ByteBuffer.allocateDirect(0);
  private ByteBuffer differences = ByteBuffer.allocateDirect(0);
  private ByteBuffer literals = ByteBuffer.allocateDirect(0);

  Bsdiff(Streams streams) {
    this.streams = streams;
  }

  @Override
  public boolean diff(ByteBuffer base, ByteBuffer target, ByteBuffer delta) {
    byte[] old = bytes(base);
    byte[] now = bytes(target);
    controls = Buffers.ensure(controls, 3 * Varints.BYTES_MAX * (now.length / 8 + 2)).clear();
    differences = Buffers.ensure(differences, now.length).clear();
    literals = Buffers.ensure(literals, now.length).clear();
    Search search = new Search(old, now, (long) EFFORT_PER_BYTE * (old.length + now.length));
    boolean done = stretches(old, now, search);
    return done
        && streams.put(controls.flip(), delta)
        && streams.put(differences.flip(), delta)
        && streams.put(literals.flip(), delta);
  }

  /** Finds the stretches as bsdiff does; false if it takes too long. */
  private boolean stretches(byte[] old, byte[] now, Search search) {
    int lastScan = 0;
    int lastOld = 0;
    int lastOffset = 0;
    int seekFrom = 0;
    for (int scan = 0; scan < now.length; ) {
      // The next place where another match is clearly better than going on with the last one.
      int score = 0;
      int length = 0;
      int counted = scan;
      for (; scan < now.length; scan++) {
        length = search.longest(scan);
        if (length < 0) {
          return false;
        }
        for (; counted < scan + length; counted++) {
          score += continues(old, now, counted, lastOffset) ? 1 : 0;
        }
        if ((length == score && length != 0) || length > score + BETTER_MIN) {
          break;
        }
        score -= scan < counted && continues(old, now, scan, lastOffset) ? 1 : 0;
        counted = Math.max(counted, scan + 1);
      }
      if (length == score && scan < now.length) {
        scan += length; // the last match goes on exactly
        continue;
      }
      int forward = forward(old, now, lastScan, lastOld, scan);
      int back = scan < now.length ? back(old, now, lastScan, scan, search.position()) : 0;
      int overlap = lastScan + forward - (scan - back);
      if (overlap > 0) {
        int split = split(old, now, lastScan, lastOld, scan, search.position(), forward, back);
        forward += split - overlap;
        back -= split;
      }
      int news = scan - back - (lastScan + forward);
      if (!stretch(old, now, lastScan, lastOld, forward, news, seekFrom)) {
        return false;
      }
      seekFrom = lastOld + forward;
      lastScan = scan - back;
      lastOld = search.position() - back;
      lastOffset = search.position() - scan;
      scan += scan < now.length ? length : 0;
    }
    int left = now.length - lastScan;
    int forward = forward(old, now, lastScan, lastOld, now.length);
    return left == 0 || stretch(old, now, lastScan, lastOld, forward, left - forward, seekFrom);
  }

  private boolean stretch(
      byte[] old, byte[] now, int scan, int position, int forward, int news, int seekFrom) {
    if (controls.remaining() < 3 * Varints.BYTES_MAX) {
      return false;
    }
    int seek = position - seekFrom;
    Varints.put(controls, forward);
    Varints.put(controls, news);
    Varints.put(controls, seek << 1 ^ seek >> 31);
    for (int i = 0; i < forward; i++) {
      differences.put((byte) (now[scan + i] - old[position + i]));
    }
    literals.put(now, scan + forward, news);
    return true;
  }

  private static boolean continues(byte[] old, byte[] now, int at, int offset) {
    int in = at + offset;
    return in >= 0 && in < old.length && old[in] == now[at];
  }

  /** How far the last match is worth going on, byte for byte, towards the next one. */
  private static int forward(byte[] old, byte[] now, int lastScan, int lastOld, int scan) {
    int same = 0;
    int best = 0;
    int length = 0;
    for (int i = 0; lastScan + i < scan && lastOld + i < old.length; ) {
      same += old[lastOld + i] == now[lastScan + i] ? 1 : 0;
      i++;
      if (2 * same - i > 2 * best - length) {
        best = same;
        length = i;
      }
    }
    return length;
  }

  /** How far before its start the next match is worth using. */
  private static int back(byte[] old, byte[] now, int lastScan, int scan, int position) {
    int same = 0;
    int best = 0;
    int length = 0;
    for (int i = 1; scan >= lastScan + i && position >= i; i++) {
      same += old[position - i] == now[scan - i] ? 1 : 0;
      if (2 * same - i > 2 * best - length) {
        best = same;
        length = i;
      }
    }
    return length;
  }

  /** Where in the overlap of two stretches to change from one to the other. */
  private static int split(
      byte[] old,
      byte[] now,
      int lastScan,
      int lastOld,
      int scan,
      int position,
      int forward,
      int back) {
    int overlap = lastScan + forward - (scan - back);
    int score = 0;
    int best = 0;
    int split = 0;
    for (int i = 0; i < overlap; i++) {
      int a = lastScan + forward - overlap + i;
      score += now[a] == old[lastOld + forward - overlap + i] ? 1 : 0;
      score -= now[scan - back + i] == old[position - back + i] ? 1 : 0;
      if (score > best) {
        best = score;
        split = i + 1;
      }
    }
    return split;
  }

  @Override
  public void apply(ByteBuffer base, ByteBuffer delta, ByteBuffer target) throws DeltaException {
    ByteBuffer from = delta.duplicate();
    ByteBuffer to = target.duplicate();
    int length = to.remaining();
    ByteBuffer control = streams.get(from, 3 * Varints.BYTES_MAX * (length / 8 + 2), 0);
    ByteBuffer difference = streams.get(from, length, 1);
    ByteBuffer literal = streams.get(from, length, 2);
    int at = 0; // in the base
    while (control.hasRemaining()) {
      int forward = Varints.get(control);
      int news = Varints.get(control);
      int folded = Varints.get(control);
      long seek = (long) at + (folded >>> 1 ^ -(folded & 1));
      if (seek < 0
          || seek + forward > base.remaining()
          || forward > difference.remaining()
          || news > literal.remaining()
          || (long) forward + news > to.remaining()) {
        throw new DeltaException("control of a delta out of range");
      }
      at = (int) seek;
      for (int i = 0; i < forward; i++) {
        to.put((byte) (base.get(base.position() + at + i) + difference.get()));
      }
      at += forward;
      to.put(literal.duplicate().limit(literal.position() + news));
      literal.position(literal.position() + news);
    }
    if (to.hasRemaining() || difference.hasRemaining() || literal.hasRemaining()) {
      throw new DeltaException("delta does not end with the target");
    }
  }

  private static byte[] bytes(ByteBuffer from) {
    byte[] bytes = new byte[from.remaining()];
    from.duplicate().get(bytes);
    return bytes;
  }

  /** Searches the base for the longest match with what follows a position of the target. */
  private static final class Search {
    private final byte[] old;
    private final byte[] now;
    private final int[] suffixes;
    private long effort;
    private int position;

    Search(byte[] old, byte[] now, long effort) {
      this.old = old;
      this.now = now;
      this.effort = effort;
      this.suffixes = Suffixes.sort(old);
    }

    /** Where in the base the last match was. */
    int position() {
      return position;
    }

    /** Its length; -1 if the search has taken too long. */
    int longest(int scan) {
      int low = 0;
      int high = suffixes.length - 1;
      int best = 0;
      position = 0;
      while (low <= high && effort > 0) {
        int middle = (low + high) >>> 1;
        int start = suffixes[middle];
        int end = Math.min(old.length - start, now.length - scan);
        int same = java.util.Arrays.mismatch(old, start, start + end, now, scan, scan + end);
        boolean whole = same < 0;
        same = whole ? end : same;
        effort -= same / 8 + 1;
        if (same > best) {
          best = same;
          position = start;
        }
        boolean before =
            whole
                ? old.length - start < now.length - scan
                : (old[start + same] & 0xff) < (now[scan + same] & 0xff);
        if (before) {
          low = middle + 1;
        } else {
          high = middle - 1;
        }
      }
      return effort > 0 ? best : -1;
    }
  }
}
