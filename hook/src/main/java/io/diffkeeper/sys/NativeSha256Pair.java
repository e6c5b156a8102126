package io.diffkeeper.sys;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.Library;
import com.kenai.jffi.MemoryIO;
import com.kenai.jffi.Type;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * SHA-256 of two messages at a time, by the processor's instructions for it: one and a half times
 * as fast as one after the other. A library of our own; for one thread at a time.
 */
public final class NativeSha256Pair {
  /** The length of one digest. */
  public static final int BYTES = 32;

  /** What is hashed has to be as long. */
  public static final int LENGTH_MIN = 63;

  private static final Invoker INVOKER = Invoker.getInstance();
  private static final MemoryIO MEMORY = MemoryIO.getInstance();
  private static final CallContext RUNS =
      CallContext.getCallContext(Type.SINT32, new Type[0], CallingConvention.DEFAULT, false);
  private static final CallContext PAIR =
      CallContext.getCallContext(
          Type.VOID,
          new Type[] {Type.UINT8, Type.POINTER, Type.POINTER, Type.UINT64, Type.POINTER},
          CallingConvention.DEFAULT,
          false);

  /** Held for as long as its address is in use, as the memory is. */
  private final Library library;

  private final long function;
  private final ByteBuffer memory = ByteBuffer.allocateDirect(2 * BYTES);
  private final long output = MEMORY.getDirectBufferAddress(memory);

  private NativeSha256Pair(Library library, long function) {
    this.library = library;
    this.function = function;
  }

  /** One by this library; null if it cannot be loaded, or not run by this processor. */
  public static NativeSha256Pair of(Path file) {
    Library library = Library.getCachedInstance(file.toString(), Library.NOW | Library.LOCAL);
    long runs = library == null ? 0 : library.getSymbolAddress("diffkeeper_sha256_pair_runs");
    if (runs == 0 || (int) INVOKER.invokeN0(RUNS, runs) == 0) {
      return null;
    }
    return new NativeSha256Pair(library, library.getSymbolAddress("diffkeeper_sha256_pair"));
  }

  /**
   * The digests, one after the other, of a byte and of what follows it in one and in two.
   *
   * @param one a direct buffer; hashed from position to limit, neither of which is changed
   * @param two the same; as many bytes
   */
  public byte[] digests(byte first, ByteBuffer one, ByteBuffer two) {
    int length = one.remaining();
    if (length < LENGTH_MIN || two.remaining() != length) {
      throw new IllegalArgumentException("a pair of " + length + " and " + two.remaining());
    }
    long from = MEMORY.getDirectBufferAddress(one) + one.position();
    long also = MEMORY.getDirectBufferAddress(two) + two.position();
    INVOKER.invokeN5(PAIR, function, first & 0xff, from, also, length, output);
    byte[] digests = new byte[2 * BYTES];
    memory.get(0, digests);
    return digests;
  }
}
