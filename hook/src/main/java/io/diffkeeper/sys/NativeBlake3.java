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
 * BLAKE3 by its authors' code in C and assembly, with the widest vectors that the processor has: a
 * library of our own build. For one thread at a time.
 */
public final class NativeBlake3 {
  /** The digest's length. */
  public static final int BYTES = 32;

  private static final Invoker INVOKER = Invoker.getInstance();
  private static final MemoryIO MEMORY = MemoryIO.getInstance();
  private static final CallContext CONTEXT =
      CallContext.getCallContext(
          Type.VOID,
          new Type[] {Type.UINT8, Type.POINTER, Type.UINT64, Type.POINTER},
          CallingConvention.DEFAULT,
          false);

  /** Held for as long as its address is in use, as the memory is. */
  private final Library library;

  private final long function;
  private final ByteBuffer memory = ByteBuffer.allocateDirect(BYTES);
  private final long output = MEMORY.getDirectBufferAddress(memory);

  private NativeBlake3(Library library, long function) {
    this.library = library;
    this.function = function;
  }

  /** One by this library; null if it cannot be loaded. */
  public static NativeBlake3 of(Path file) {
    Library library = Library.getCachedInstance(file.toString(), Library.NOW | Library.LOCAL);
    long function = library == null ? 0 : library.getSymbolAddress("diffkeeper_blake3");
    return function == 0 ? null : new NativeBlake3(library, function);
  }

  /**
   * The digest of a byte and of what follows it.
   *
   * @param bytes a direct buffer; hashed from position to limit, neither of which is changed
   */
  public byte[] digest(byte first, ByteBuffer bytes) {
    long address = MEMORY.getDirectBufferAddress(bytes) + bytes.position();
    INVOKER.invokeN4(CONTEXT, function, first & 0xff, address, bytes.remaining(), output);
    byte[] digest = new byte[BYTES];
    memory.get(0, digest);
    return digest;
  }
}
