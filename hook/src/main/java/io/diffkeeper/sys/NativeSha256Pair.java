package io.diffkeeper.sys;

import com.kenai.jffi.Invoker;
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

  private final NativeFunction pair;
  private final ByteBuffer memory = ByteBuffer.allocateDirect(2 * BYTES);
  private final long output = MEMORY.getDirectBufferAddress(memory);

  private NativeSha256Pair(NativeFunction pair) {
    this.pair = pair;
  }

  /** One by this library; null if it cannot be loaded, or not run by this processor. */
  public static NativeSha256Pair of(Path file) {
    NativeFunction runs = NativeFunction.of(file, "diffkeeper_sha256_pair_runs", Type.SINT32);
    if (runs == null || (int) INVOKER.invokeN0(runs.context(), runs.address()) == 0) {
      return null;
    }
    Type[] parameters = {Type.UINT8, Type.POINTER, Type.POINTER, Type.UINT64, Type.POINTER};
    NativeFunction pair = NativeFunction.of(file, "diffkeeper_sha256_pair", Type.VOID, parameters);
    return pair == null ? null : new NativeSha256Pair(pair);
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
    INVOKER.invokeN5(pair.context(), pair.address(), first & 0xff, from, also, length, output);
    byte[] digests = new byte[2 * BYTES];
    memory.get(0, digests);
    return digests;
  }
}
