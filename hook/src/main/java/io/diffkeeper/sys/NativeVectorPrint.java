package io.diffkeeper.sys;

import com.kenai.jffi.Invoker;
import com.kenai.jffi.MemoryIO;
import com.kenai.jffi.Type;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/**
 * 128 bits of any number of bytes by the processor's vectors, five times as fast as {@link
 * NativePrint}: a library of our own, with a key that this process draws and never tells. Two
 * contents of 64 KiB have the same by a chance of 2<sup>-122</sup>, whoever chose them. It means
 * nothing in another process. For one thread at a time.
 */
public final class NativeVectorPrint {
  /**
   * What each 16 bytes of a block are added to, one more of these, and the polynomial's argument.
   */
  static final int KEY_BYTES = 4096 + 16 + 16;

  private static final int BYTES = 16;

  private static final Invoker INVOKER = Invoker.getInstance();
  private static final MemoryIO MEMORY = MemoryIO.getInstance();

  /** The process's key; never changed. */
  private static ByteBuffer drawn;

  private final NativeFunction function;
  private final ByteBuffer key;
  private final ByteBuffer memory = ByteBuffer.allocateDirect(BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private final long address = MEMORY.getDirectBufferAddress(memory);

  private NativeVectorPrint(NativeFunction function, ByteBuffer key) {
    this.function = function;
    this.key = key;
  }

  /**
   * One by this library; null if it cannot be loaded, or not run by this processor.
   *
   * @throws IOException if the kernel has no random numbers
   */
  public static NativeVectorPrint of(Path file) throws IOException {
    return runs(file) ? of(file, drawn()) : null;
  }

  private static boolean runs(Path file) {
    NativeFunction asked = NativeFunction.of(file, "diffkeeper_print_runs", Type.SINT32);
    return asked != null && (int) INVOKER.invokeN0(asked.context(), asked.address()) != 0;
  }

  /** One with another key than the process's: a direct buffer. */
  static NativeVectorPrint of(Path file, ByteBuffer key) {
    Type[] parameters = {Type.POINTER, Type.POINTER, Type.UINT64, Type.POINTER};
    NativeFunction print = NativeFunction.of(file, "diffkeeper_print", Type.VOID, parameters);
    return print == null ? null : new NativeVectorPrint(print, key);
  }

  private static synchronized ByteBuffer drawn() throws IOException {
    if (drawn == null) {
      drawn = NativePrint.draw(KEY_BYTES);
    }
    return drawn;
  }

  /**
   * Computes it.
   *
   * @param bytes a direct buffer; read from position to limit, neither of which is changed
   * @param to where both halves of it go
   * @param at index of the first half
   */
  public void print(ByteBuffer bytes, long[] to, int at) {
    long from = MEMORY.getDirectBufferAddress(bytes) + bytes.position();
    INVOKER.invokeN4(
        function.context(),
        function.address(),
        MEMORY.getDirectBufferAddress(key),
        from,
        bytes.remaining(),
        address);
    to[at] = memory.getLong(0);
    to[at + 1] = memory.getLong(Long.BYTES);
  }
}
