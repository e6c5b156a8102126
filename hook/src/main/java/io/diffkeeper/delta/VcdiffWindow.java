package io.diffkeeper.delta;

import java.nio.ByteBuffer;

/** The decoding of one window of a VCDIFF delta. */
final class VcdiffWindow {
  private static final int NEAR = 4;
  private static final int SAME = 3;
  private static final int NEAR_MODE = 2;
  private static final int SAME_MODE = NEAR_MODE + NEAR;
  private static final int SAME_SLOTS = 256;

  private final ByteBuffer source;
  private final ByteBuffer window;
  private final ByteBuffer data;
  private final ByteBuffer instructions;
  private final ByteBuffer addresses;
  private final int[] near = new int[NEAR];
  private final int[] same = new int[SAME * SAME_SLOTS];
  private int nextNear;

  VcdiffWindow(
      ByteBuffer source,
      ByteBuffer window,
      ByteBuffer data,
      ByteBuffer instructions,
      ByteBuffer addresses) {
    this.source = source;
    this.window = window;
    this.data = data;
    this.instructions = instructions;
    this.addresses = addresses;
  }

  void run() throws DeltaException {
    while (instructions.hasRemaining()) {
      byte[] entry = CodeTable.ENTRIES[instructions.get() & 0xff];
      run(entry[0], entry[1], entry[2]);
      run(entry[3], entry[4], entry[5]);
    }
    if (window.hasRemaining() || data.hasRemaining() || addresses.hasRemaining()) {
      throw new DeltaException("window of a delta does not end with its instructions");
    }
  }

  private void run(int type, int fixed, int mode) throws DeltaException {
    if (type == CodeTable.NOOP) {
      return;
    }
    int size = fixed == 0 ? Vcdiff.getInt(instructions) : fixed;
    int literals = type == CodeTable.ADD ? size : type == CodeTable.RUN ? 1 : 0;
    if (size > window.remaining() || literals > data.remaining()) {
      throw new DeltaException("instruction of a delta out of range");
    }
    if (type == CodeTable.ADD) {
      put(data, data.position(), size);
      data.position(data.position() + size);
    } else if (type == CodeTable.RUN) {
      byte value = data.get();
      for (int i = 0; i < size; i++) {
        window.put(value);
      }
    } else {
      copy(address(mode), size);
    }
  }

  /** Copies from the source followed by the window, whose end may be what is being written. */
  private void copy(int address, int size) {
    int from = address;
    int left = size;
    if (from < source.remaining()) {
      int n = Math.min(left, source.remaining() - from);
      put(source, from, n);
      from += n;
      left -= n;
    }
    for (from -= source.remaining(); left > 0; ) {
      int n = Math.min(left, window.position() - from);
      put(window, from, n);
      from += n;
      left -= n;
    }
  }

  private void put(ByteBuffer bytes, int from, int count) {
    window.put(window.position(), bytes, from, count);
    window.position(window.position() + count);
  }

  private int address(int mode) throws DeltaException {
    int here = source.remaining() + window.position();
    long address;
    if (mode >= SAME_MODE) {
      if (!addresses.hasRemaining()) {
        throw new DeltaException("delta ends in an address");
      }
      address = same[(mode - SAME_MODE) * SAME_SLOTS + (addresses.get() & 0xff)];
    } else {
      int value = Vcdiff.getInt(addresses);
      address =
          switch (mode) {
            case 0 -> value;
            case 1 -> (long) here - value;
            default -> (long) near[mode - NEAR_MODE] + value;
          };
    }
    if (address < 0 || address >= here) {
      throw new DeltaException("address of a delta out of range");
    }
    near[nextNear] = (int) address;
    nextNear = (nextNear + 1) % NEAR;
    same[(int) address % same.length] = (int) address;
    return (int) address;
  }
}
