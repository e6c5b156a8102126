package io.diffkeeper.sys;

import com.kenai.jffi.Invoker;
import com.kenai.jffi.MemoryIO;
import com.kenai.jffi.Type;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * BLAKE3 by its authors' code in C and assembly, with the widest vectors that the processor has: a
 * library of our own build. For one thread at a time.
 */
public final class NativeBlake3 {
  /** The digest's length. */
  public static final int BYTES = 32;

  private static final Invoker INVOKER = Invoker.getInstance();
  private static final MemoryIO MEMORY = MemoryIO.getInstance();

  private final NativeFunction hash;
  private final ByteBuffer memory = ByteBuffer.allocateDirect(BYTES);
  private final long output = MEMORY.getDirectBufferAddress(memory);

  private NativeBlake3(NativeFunction hash) {
    this.hash = hash;
  }

  /** One by this library; null if it cannot be loaded. */
  public static NativeBlake3 of(Path file) {
    Type[] parameters = {Type.UINT8, Type.POINTER, Type.UINT64, Type.POINTER};
    NativeFunction hash = NativeFunction.of(file, "diffkeeper_blake3", Type.VOID, parameters);
    return hash == null ? null : new NativeBlake3(hash);
  }

  /**
   * The digest of a byte and of what follows it.
   *
   * @param bytes a direct buffer; hashed from position to limit, neither of which is changed
   */
  public byte[] digest(byte first, ByteBuffer bytes) {
    long address = MEMORY.getDirectBufferAddress(bytes) + bytes.position();
    INVOKER.invokeN4(
        hash.context(), hash.address(), first & 0xff, address, bytes.remaining(), output);
    byte[] digest = new byte[BYTES];
    memory.get(0, digest);
    return digest;
  }
}
