package io.diffkeeper.delta;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.function.Supplier;

/**
 * VCDIFF, RFC 3284, with its default code table: whole files, that other programs read, too. One
 * window whose source is the whole base. Reads what others write, but for secondary compression,
 * code tables of their own, and windows that refer to the target.
 */
final class Vcdiff implements DeltaCodec {
  private static final int MAGIC = 0xd6c3c400;
  private static final int SOURCE = 1;
  private static final int HASHED_BYTES = Long.BYTES;
  private static final int HASH_BITS_MAX = 16;
  private static final int HASH_BITS_MIN = 8;

  /** Of so many places in a row one is found; matches are followed backwards, too. */
  private static final int STRIDE_BYTES = 4;

  private static final int RUN_MIN = 16;
  private static final long EACH_BYTE = 0x0101010101010101L;
  private static final int INT_BYTES_MAX = 5;
  private static final int HEADER_BYTES_MAX = 6 + 9 * INT_BYTES_MAX;

  /** What is the same in place is told by windows of that size: a page of a database. */
  private static final int WINDOW_BYTES = 4096;

  private final boolean near;
  private final Supplier<Differ> differs;
  private int[] heads = {};
  private int hashShift;
  private int baseBytes;
  private int targetBytes;
  private boolean[] same = {};
  private ByteBuffer data = ByteBuffer.allocateDirect(0);
  private ByteBuffer instructions = ByteBuffer.allocateDirect(0);
  private ByteBuffer addresses = ByteBuffer.allocateDirect(0);

  /**
   * A codec that may look in less.
   *
   * @param near whether to look only in windows of the base that the target has overwritten: where
   *     most is as it was, that takes a small part of the time
   * @param differs asked with each diff, as loading one takes time; gives null for none
   */
  Vcdiff(boolean near, Supplier<Differ> differs) {
    this.near = near;
    this.differs = differs;
  }

  @Override
  public boolean diff(ByteBuffer base, ByteBuffer target, ByteBuffer delta) {
    look(base, target);
    return put(delta);
  }

  /**
   * Looks for a delta, to be put yet.
   *
   * @return how much room it needs, in bytes
   */
  int look(ByteBuffer base, ByteBuffer target) {
    baseBytes = base.remaining();
    targetBytes = target.remaining();
    int room = targetBytes + Differ.ROOM_BYTES;
    data = Buffers.ensure(data, room).clear();
    instructions = Buffers.ensure(instructions, room + targetBytes).clear();
    addresses = Buffers.ensure(addresses, room).clear();
    Differ differ = differs.get();
    if (differ == null) {
      // In this order reading a number takes nothing but that, where we run.
      ByteBuffer old = base.slice().order(ByteOrder.LITTLE_ENDIAN);
      instructions(old, target.slice().order(ByteOrder.LITTLE_ENDIAN));
    } else {
      differ.search(base, target, near, data, instructions, addresses);
    }
    data.flip();
    instructions.flip();
    addresses.flip();
    return bytes();
  }

  /** How much room the delta that was looked for last needs, until it is put. */
  int bytes() {
    return HEADER_BYTES_MAX + data.remaining() + instructions.remaining() + addresses.remaining();
  }

  /** Appends the delta that was looked for last, once; false if there is too little room. */
  boolean put(ByteBuffer delta) {
    if (delta.remaining() < bytes()) {
      return false;
    }
    int sections = bytes() - HEADER_BYTES_MAX;
    delta.putInt(MAGIC).put((byte) 0);
    delta.put((byte) (baseBytes > 0 ? SOURCE : 0));
    if (baseBytes > 0) {
      putInt(delta, baseBytes);
      putInt(delta, 0);
    }
    int lengths = bytes(data.remaining()) + bytes(instructions.remaining());
    lengths += bytes(addresses.remaining()) + bytes(targetBytes) + 1;
    putInt(delta, lengths + sections);
    putInt(delta, targetBytes);
    delta.put((byte) 0);
    putInt(delta, data.remaining());
    putInt(delta, instructions.remaining());
    putInt(delta, addresses.remaining());
    delta.put(data).put(instructions).put(addresses);
    return true;
  }

  private void instructions(ByteBuffer old, ByteBuffer now) {
    compare(old, now);
    index(old);
    int length = now.remaining();
    int added = 0; // everything before it is written
    int offset = 0; // where the last match would go on
    for (int at = 0; at < length; ) {
      boolean still = same[at / WINDOW_BYTES];
      boolean seen = !still && at + HASHED_BYTES <= length;
      long key = seen ? now.getLong(at) : 0;
      int run = seen && key == (key & 0xff) * EACH_BYTE ? run(now, at) : 0;
      int from = seen ? match(old, key, at + offset) : still ? at : -1;
      int copied = from < 0 ? 0 : same(old, from, now, at);
      if (run >= RUN_MIN && run >= copied) {
        add(now, added, at);
        instructions.put((byte) 0);
        putInt(instructions, run);
        data.put(now.get(at));
        at += run;
        added = at;
      } else if (copied >= HASHED_BYTES) {
        while (at > added && from > 0 && old.get(from - 1) == now.get(at - 1)) {
          at--;
          from--;
          copied++;
        }
        add(now, added, at);
        instructions.put((byte) CodeTable.COPY);
        putInt(instructions, copied);
        putInt(addresses, from);
        at += copied;
        added = at;
        offset = from + copied - at;
      } else {
        at++;
      }
    }
    add(now, added, length);
  }

  /** How many windows the target has overwritten: what a near one would look at. */
  int overwritten(ByteBuffer base, ByteBuffer target) {
    Differ differ = differs.get();
    if (differ != null) {
      return differ.overwritten(base, target);
    }
    compare(base.slice(), target.slice());
    int count = 0;
    for (int from = 0; from < target.remaining(); from += WINDOW_BYTES) {
      count += same[from / WINDOW_BYTES] ? 0 : 1;
    }
    return count;
  }

  /** Finds out which windows of the target are the same in the base. */
  private void compare(ByteBuffer old, ByteBuffer now) {
    int windows = Math.max(old.remaining(), now.remaining()) / WINDOW_BYTES + 1;
    same = same.length >= windows ? same : new boolean[windows];
    for (int i = 0; i < windows; i++) {
      int from = i * WINDOW_BYTES;
      int length = Math.min(WINDOW_BYTES, now.remaining() - from);
      same[i] =
          near
              && length >= HASHED_BYTES
              && length <= old.remaining() - from
              && old.slice(from, length).mismatch(now.slice(from, length)) < 0;
    }
  }

  private void index(ByteBuffer old) {
    int end = old.remaining() - HASHED_BYTES;
    int places = 0;
    for (int from = 0; from <= end; from += WINDOW_BYTES) {
      places += same[from / WINDOW_BYTES] ? 0 : WINDOW_BYTES / STRIDE_BYTES;
    }
    int bits = Integer.SIZE - Integer.numberOfLeadingZeros(places) + 1;
    bits = Math.max(HASH_BITS_MIN, Math.min(HASH_BITS_MAX, bits));
    hashShift = Long.SIZE - bits;
    heads = heads.length == 0 ? new int[1 << HASH_BITS_MAX] : heads;
    Arrays.fill(heads, 0, 1 << bits, -1);
    for (int from = 0; from <= end; from += WINDOW_BYTES) {
      if (!same[from / WINDOW_BYTES]) {
        index(old, from, Math.min(from + WINDOW_BYTES - 1, end));
      }
    }
  }

  /** All multiples of four from one place to another. */
  private void index(ByteBuffer old, int from, int to) {
    long key = old.getLong(from);
    for (int i = from; i <= to; i += 2 * STRIDE_BYTES) {
      heads[hash(key)] = i;
      if (i + 2 * STRIDE_BYTES <= to) {
        long next = old.getLong(i + 2 * STRIDE_BYTES);
        heads[hash(key >>> Integer.SIZE | next << Integer.SIZE)] = i + STRIDE_BYTES;
        key = next;
      } else if (i + STRIDE_BYTES <= to) {
        heads[hash(old.getLong(i + STRIDE_BYTES))] = i + STRIDE_BYTES;
      }
    }
  }

  private int match(ByteBuffer old, long key, int straight) {
    if (straight >= 0
        && straight + HASHED_BYTES <= old.remaining()
        && old.getLong(straight) == key) {
      return straight;
    }
    int head = heads[hash(key)];
    return head >= 0 && old.getLong(head) == key ? head : -1;
  }

  private int hash(long key) {
    return (int) (key * 0x9e3779b97f4a7c15L >>> hashShift);
  }

  private static int run(ByteBuffer now, int at) {
    int end = at + 1;
    while (end < now.remaining() && now.get(end) == now.get(at)) {
      end++;
    }
    return end - at;
  }

  private static int same(ByteBuffer old, int from, ByteBuffer now, int at) {
    int length = Math.min(old.remaining() - from, now.remaining() - at);
    int same = old.slice(from, length).mismatch(now.slice(at, length));
    return same < 0 ? length : same;
  }

  private void add(ByteBuffer now, int from, int to) {
    if (from < to) {
      instructions.put((byte) 1);
      putInt(instructions, to - from);
      data.put(now.slice(from, to - from));
    }
  }

  @Override
  public void apply(ByteBuffer base, ByteBuffer delta, ByteBuffer target) throws DeltaException {
    ByteBuffer from = delta.duplicate();
    if (from.remaining() < 5 || from.getInt() != MAGIC || from.get() != 0) {
      throw new DeltaException("not a VCDIFF delta that can be read");
    }
    ByteBuffer to = target.duplicate();
    while (from.hasRemaining()) {
      window(base, from, to);
    }
    if (to.hasRemaining()) {
      throw new DeltaException("delta does not end with the target");
    }
  }

  private static void window(ByteBuffer base, ByteBuffer from, ByteBuffer to)
      throws DeltaException {
    int indicator = from.get();
    ByteBuffer source = base.slice().limit(0);
    if (indicator == SOURCE) {
      int length = getInt(from);
      int position = getInt(from);
      if (position > base.remaining() || length > base.remaining() - position) {
        throw new DeltaException("source of a delta out of range");
      }
      source = base.slice(base.position() + position, length);
    } else if (indicator != 0) {
      throw new DeltaException("kind of window not supported in a delta");
    }
    int bytes = getInt(from);
    if (bytes > from.remaining()) {
      throw new DeltaException("window of a delta too long");
    }
    int end = from.position() + bytes;
    int length = getInt(from);
    if (length > to.remaining() || !from.hasRemaining() || from.get() != 0) {
      throw new DeltaException("window of a delta out of range or compressed");
    }
    int[] lengths = {getInt(from), getInt(from), getInt(from)};
    if ((long) from.position() + lengths[0] + lengths[1] + lengths[2] != end) {
      throw new DeltaException("sections of a delta out of range");
    }
    ByteBuffer[] sections = new ByteBuffer[lengths.length];
    for (int i = 0; i < lengths.length; i++) {
      sections[i] = from.slice(from.position(), lengths[i]);
      from.position(from.position() + lengths[i]);
    }
    ByteBuffer window = to.slice(to.position(), length);
    to.position(to.position() + length);
    new VcdiffWindow(source, window, sections[0], sections[1], sections[2]).run();
  }

  static void putInt(ByteBuffer to, int value) {
    for (int shift = 7 * (bytes(value) - 1); shift >= 0; shift -= 7) {
      to.put((byte) (value >>> shift & 0x7f | (shift > 0 ? 0x80 : 0)));
    }
  }

  private static int bytes(int value) {
    int bytes = 1;
    for (int rest = value >>> 7; rest != 0; rest >>>= 7) {
      bytes++;
    }
    return bytes;
  }

  static int getInt(ByteBuffer from) throws DeltaException {
    long value = 0;
    for (int i = 0; i < INT_BYTES_MAX; i++) {
      if (!from.hasRemaining()) {
        throw new DeltaException("delta ends in a number");
      }
      byte group = from.get();
      value = value << 7 | group & 0x7f;
      if (group >= 0 && value <= Integer.MAX_VALUE) {
        return (int) value;
      }
    }
    throw new DeltaException("number too large in a delta");
  }
}
