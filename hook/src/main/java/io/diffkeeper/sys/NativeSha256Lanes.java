package io.diffkeeper.sys;

import com.kenai.jffi.Invoker;
import com.kenai.jffi.MemoryIO;
import com.kenai.jffi.Type;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;

/**
 * SHA-256 of several messages at a time, by the processor's instructions for it, two of them, or by
 * its vectors, sixteen of one length: one and a half times, or twice and a half, as fast as one
 * after the other. A library of our own; for one thread at a time.
 *
 * <pre>
 * what it is told and tells   16 × address of a message │ 16 × its length │ 16 × digest
 * </pre>
 */
public final class NativeSha256Lanes {
  /** The length of one digest. */
  public static final int BYTES = 32;

  /** What is hashed has to be as long. */
  public static final int LENGTH_MIN = 63;

  /** So many are hashed at a time, at most. */
  private static final int LANES = 16;

  private static final int LENGTHS = LANES * Long.BYTES;
  private static final int DIGESTS = 2 * LENGTHS;

  private static final Invoker INVOKER = Invoker.getInstance();
  private static final MemoryIO MEMORY = MemoryIO.getInstance();

  private final NativeFunction hash;
  private final int together;
  private final ByteBuffer memory =
      ByteBuffer.allocateDirect(DIGESTS + LANES * BYTES).order(ByteOrder.nativeOrder());
  private final long address = MEMORY.getDirectBufferAddress(memory);

  private NativeSha256Lanes(NativeFunction hash, int together) {
    this.hash = hash;
    this.together = together;
  }

  /** One by this library; null if it cannot be loaded, or not run by this processor. */
  public static NativeSha256Lanes of(Path file) {
    NativeFunction asked = NativeFunction.of(file, "diffkeeper_sha256_together", Type.SINT32);
    int together = asked == null ? 0 : (int) INVOKER.invokeN0(asked.context(), asked.address());
    Type[] parameters = {
      Type.UINT8, Type.POINTER, Type.POINTER, Type.UINT64, Type.UINT64, Type.POINTER
    };
    NativeFunction hash =
        together == 0 ? null : NativeFunction.of(file, "diffkeeper_sha256", Type.VOID, parameters);
    return hash == null ? null : new NativeSha256Lanes(hash, together);
  }

  /** How many messages at a time are hashed fastest: 2 or 16. */
  public int together() {
    return together;
  }

  /**
   * The digests, one after the other, of a byte and of what follows it in each message.
   *
   * @param messages 1 to 16 direct buffers, fastest if they have as many bytes each, or those that
   *     follow each other almost; hashed from position to limit, neither of which is changed
   */
  public byte[] digests(byte first, List<ByteBuffer> messages) {
    return digests(first, messages, together);
  }

  /** The same as a processor does it that has so many at a time. */
  byte[] digests(byte first, List<ByteBuffer> messages, int atATime) {
    int count = messages.size();
    if (count == 0 || count > LANES || atATime > together) {
      throw new IllegalArgumentException(count + " messages, " + atATime + " at a time");
    }
    for (int i = 0; i < count; i++) {
      ByteBuffer message = messages.get(i);
      if (message.remaining() < LENGTH_MIN) {
        throw new IllegalArgumentException("a message of " + message.remaining());
      }
      memory.putLong(i * Long.BYTES, MEMORY.getDirectBufferAddress(message) + message.position());
      memory.putLong(LENGTHS + i * Long.BYTES, message.remaining());
    }
    INVOKER.invokeN6(
        hash.context(),
        hash.address(),
        first & 0xff,
        address,
        address + LENGTHS,
        count,
        atATime,
        address + DIGESTS);
    byte[] digests = new byte[count * BYTES];
    memory.get(DIGESTS, digests);
    return digests;
  }
}
