package io.diffkeeper.sys;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.Library;
import com.kenai.jffi.MemoryIO;
import com.kenai.jffi.Type;
import java.nio.ByteBuffer;

/**
 * SHA-256 by the host's libcrypto. Java's own is as fast only when the optimizing compiler has got
 * to it; until then, and for ever without that compiler, it is many times slower.
 *
 * <p>Calls the plain functions, which OpenSSL 3 still has, rather than EVP: those would read
 * OpenSSL's configuration file and load what it names. For one thread at a time.
 */
public final class NativeSha256 {
  /** The digest's length. */
  public static final int BYTES = 32;

  /** SHA256_CTX has 112. */
  private static final int CONTEXT_BYTES = 128;

  private static final Invoker INVOKER = Invoker.getInstance();
  private static final MemoryIO MEMORY = MemoryIO.getInstance();
  private static final CallContext ONE = context(Type.POINTER);
  private static final CallContext TWO = context(Type.POINTER, Type.POINTER);
  private static final CallContext THREE = context(Type.POINTER, Type.POINTER, Type.SINT64);
  private static final Library LIBCRYPTO =
      Library.getCachedInstance("libcrypto.so.3", Library.LAZY | Library.LOCAL);
  private static final long INIT = symbol("SHA256_Init");
  private static final long UPDATE = symbol("SHA256_Update");
  private static final long FINAL = symbol("SHA256_Final");

  /** Held for as long as its address is in use. */
  private final ByteBuffer memory = ByteBuffer.allocateDirect(CONTEXT_BYTES + BYTES + 1);

  private final long context = MEMORY.getDirectBufferAddress(memory);

  private static CallContext context(Type... parameters) {
    return CallContext.getCallContext(Type.SINT32, parameters, CallingConvention.DEFAULT, false);
  }

  private static long symbol(String name) {
    return LIBCRYPTO == null ? 0 : LIBCRYPTO.getSymbolAddress(name);
  }

  /** Whether the host has the library. */
  public static boolean isAvailable() {
    return INIT != 0 && UPDATE != 0 && FINAL != 0;
  }

  /**
   * The digest of a byte and of what follows it.
   *
   * @param bytes a direct buffer; hashed from position to limit, neither of which is changed
   */
  public byte[] digest(byte first, ByteBuffer bytes) {
    long output = context + CONTEXT_BYTES;
    memory.put(CONTEXT_BYTES + BYTES, first);
    check(INVOKER.invokeN1(ONE, INIT, context));
    check(INVOKER.invokeN3(THREE, UPDATE, context, output + BYTES, 1));
    long address = MEMORY.getDirectBufferAddress(bytes) + bytes.position();
    check(INVOKER.invokeN3(THREE, UPDATE, context, address, bytes.remaining()));
    check(INVOKER.invokeN2(TWO, FINAL, output, context));
    byte[] digest = new byte[BYTES];
    memory.get(CONTEXT_BYTES, digest);
    return digest;
  }

  private static void check(long result) {
    if ((int) result != 1) {
      throw new IllegalStateException("libcrypto's SHA-256 failed");
    }
  }
}
