package org.lmdbjava;

import java.nio.Buffer;
import java.nio.ByteBuffer;
import jnr.ffi.Pointer;

/**
 * What LMDB points at as byte buffers, without copying, like lmdbjava's own {@code PROXY_OPTIMAL}.
 * That one makes fields of {@code java.nio} accessible, for which the module has to be opened; and
 * a Java process that is started with {@code --add-opens} can't take its modules from its archive:
 * 5 ms of each start. Where the fields are in a buffer may be asked without that.
 */
public final class DirectBuffers extends ByteBufferProxy.AbstractByteBufferProxy {
  /** The one there is; for all threads. */
  public static final BufferProxy<ByteBuffer> PROXY = new DirectBuffers();

  private static final long ADDRESS = offset("address");
  private static final long CAPACITY = offset("capacity");

  private DirectBuffers() {}

  private static long offset(String field) {
    try {
      return UnsafeAccess.UNSAFE.objectFieldOffset(Buffer.class.getDeclaredField(field));
    } catch (NoSuchFieldException e) {
      throw new LmdbException("java.nio.Buffer has no " + field, e);
    }
  }

  @Override
  protected Pointer in(ByteBuffer buffer, Pointer value) {
    return in(buffer, buffer.remaining(), value);
  }

  @Override
  protected Pointer in(ByteBuffer buffer, int bytes, Pointer value) {
    if (!buffer.isDirect()) {
      throw new ByteBufferProxy.BufferMustBeDirectException();
    }
    long address = UnsafeAccess.UNSAFE.getLong(buffer, ADDRESS) + buffer.position();
    UnsafeAccess.UNSAFE.putLong(value.address() + STRUCT_FIELD_OFFSET_SIZE, bytes);
    UnsafeAccess.UNSAFE.putLong(value.address() + STRUCT_FIELD_OFFSET_DATA, address);
    return null;
  }

  @Override
  protected ByteBuffer out(ByteBuffer buffer, Pointer value) {
    long address = UnsafeAccess.UNSAFE.getLong(value.address() + STRUCT_FIELD_OFFSET_DATA);
    long bytes = UnsafeAccess.UNSAFE.getLong(value.address() + STRUCT_FIELD_OFFSET_SIZE);
    UnsafeAccess.UNSAFE.putLong(buffer, ADDRESS, address);
    UnsafeAccess.UNSAFE.putInt(buffer, CAPACITY, Math.toIntExact(bytes));
    buffer.clear();
    return buffer;
  }
}
