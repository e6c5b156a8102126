package io.diffkeeper.sys;

import com.kenai.jffi.Invoker;
import com.kenai.jffi.MemoryIO;
import com.kenai.jffi.Type;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/**
 * Finds what two contents differ in: a library of our own. All buffers are direct, and used from
 * their positions on; those of what is found are moved on. For one thread at a time.
 *
 * <pre>
 * what it is told   address and length of the base │ address and length of the target
 *                   │ runs: least gap │ 4 × address of an output
 *                   │ search: whether near │ 2 × address of its memory │ 3 × address of an output
 * </pre>
 */
public final class NativeDeltas {
  private static final int PAIR_LONGS = 4;
  private static final int RUNS_OUT = PAIR_LONGS + 1;
  private static final int SEARCH_OUT = PAIR_LONGS + 3;
  private static final int LONGS = SEARCH_OUT + 3;

  /** By how much the room for an output is longer than the target. */
  private static final int ROOM_BYTES = 16;

  private static final int HEADS_BYTES = Integer.BYTES << 16;
  private static final int WINDOW_BYTES = 4096;

  private static final Invoker INVOKER = Invoker.getInstance();
  private static final MemoryIO MEMORY = MemoryIO.getInstance();

  private final NativeFunction runs;
  private final NativeFunction search;
  private final NativeFunction overwritten;
  private final ByteBuffer told =
      ByteBuffer.allocateDirect(LONGS * Long.BYTES).order(ByteOrder.nativeOrder());
  private final long address = MEMORY.getDirectBufferAddress(told);
  private ByteBuffer memory = ByteBuffer.allocateDirect(0);

  private NativeDeltas(Path file) {
    runs = function(file, "runs");
    search = function(file, "search");
    overwritten = function(file, "overwritten");
  }

  private static NativeFunction function(Path file, String name) {
    return NativeFunction.of(file, "diffkeeper_deltas_" + name, Type.UINT64, Type.POINTER);
  }

  /** One by this library; null if it cannot be loaded. */
  public static NativeDeltas of(Path file) {
    NativeDeltas deltas = new NativeDeltas(file);
    boolean found = deltas.runs != null && deltas.search != null && deltas.overwritten != null;
    return found ? deltas : null;
  }

  /**
   * Appends runs of bytes that are other ones in the base, or come after its end: the gaps between
   * them, their lengths, what is in them, and what is in the base there.
   *
   * @param gapMin shorter gaps are a part of a run
   * @return the middle of the longest run
   */
  public int runs(
      ByteBuffer base,
      ByteBuffer target,
      int gapMin,
      ByteBuffer gaps,
      ByteBuffer lengths,
      ByteBuffer literals,
      ByteBuffer replaced) {
    pair(base, target);
    put(PAIR_LONGS, gapMin);
    ByteBuffer[] outputs = {gaps, lengths, literals, replaced};
    int room = target.remaining() + ROOM_BYTES;
    return (int) call(runs, RUNS_OUT, outputs, room, room, room, room);
  }

  /**
   * Appends the sections of a VCDIFF window.
   *
   * @param near whether to look only where windows of the base were overwritten
   */
  public void search(
      ByteBuffer base,
      ByteBuffer target,
      boolean near,
      ByteBuffer data,
      ByteBuffer instructions,
      ByteBuffer addresses) {
    windows(base, target, near);
    ByteBuffer[] outputs = {data, instructions, addresses};
    int room = target.remaining() + ROOM_BYTES;
    call(search, SEARCH_OUT, outputs, room, room + target.remaining(), room);
  }

  /** How many windows of the base the target has overwritten. */
  public int overwritten(ByteBuffer base, ByteBuffer target) {
    windows(base, target, true);
    return (int) INVOKER.invokeN1(overwritten.context(), overwritten.address(), address);
  }

  private void windows(ByteBuffer base, ByteBuffer target, boolean near) {
    pair(base, target);
    int windows = Math.max(base.remaining(), target.remaining()) / WINDOW_BYTES + 1;
    if (memory.capacity() < HEADS_BYTES + windows) {
      memory = ByteBuffer.allocateDirect(HEADS_BYTES + 2 * windows);
    }
    long heads = MEMORY.getDirectBufferAddress(memory);
    put(PAIR_LONGS, near ? 1 : 0);
    put(PAIR_LONGS + 1, heads);
    put(PAIR_LONGS + 2, heads + HEADS_BYTES);
  }

  private void pair(ByteBuffer base, ByteBuffer target) {
    put(0, address(base, 0));
    put(1, base.remaining());
    put(2, address(target, 0));
    put(3, target.remaining());
  }

  private long call(NativeFunction function, int at, ByteBuffer[] outputs, int... rooms) {
    for (int i = 0; i < outputs.length; i++) {
      put(at + i, address(outputs[i], rooms[i]));
    }
    long result = INVOKER.invokeN1(function.context(), function.address(), address);
    for (int i = 0; i < outputs.length; i++) {
      long end = told.getLong((at + i) * Long.BYTES);
      outputs[i].position((int) (end - MEMORY.getDirectBufferAddress(outputs[i])));
    }
    return result;
  }

  private void put(int at, long value) {
    told.putLong(at * Long.BYTES, value);
  }

  private static long address(ByteBuffer buffer, int bytes) {
    if (!buffer.isDirect() || buffer.remaining() < bytes) {
      throw new IllegalArgumentException(buffer + " for " + bytes + " bytes");
    }
    return MEMORY.getDirectBufferAddress(buffer) + buffer.position();
  }
}
