package io.diffkeeper.sys;

import com.kenai.jffi.MemoryIO;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * How a system call is made: strings and structures pass through memory of the calling thread, and
 * one that a signal interrupted is made again.
 */
abstract class Calls {
  static final MemoryIO MEMORY = MemoryIO.getInstance();
  private static final int SCRATCH_BYTES = 256 * 1024;
  static final int STRING_B = 8 * 1024;
  static final int STRUCT = 16 * 1024;

  private final Syscalls syscalls;
  final ThreadLocal<Scratch> scratch = ThreadLocal.withInitial(Scratch::new);

  Calls(Syscalls syscalls) {
    this.syscalls = syscalls;
  }

  /** Memory of one thread: two strings, a structure, and a large area for lists and values. */
  static final class Scratch {
    static final int AREA = 32 * 1024;
    final ByteBuffer bytes =
        ByteBuffer.allocateDirect(SCRATCH_BYTES).order(ByteOrder.nativeOrder());
    final long address = MEMORY.getDirectBufferAddress(bytes);

    long string(int at, byte[] text) {
      if (text.length >= STRING_B) {
        return -Errno.ENAMETOOLONG;
      }
      bytes.put(at, text);
      bytes.put(at + text.length, (byte) 0);
      return address + at;
    }
  }

  final long call(Call call, long a1, long a2, long a3, long a4, long a5) {
    long result;
    do {
      result = syscalls.call(call, a1, a2, a3, a4, a5);
    } while (result == -Errno.EINTR && call != Call.PPOLL && call != Call.CLOSE);
    return result;
  }

  final long withPath(Call call, long fd, byte[] path, long a3, long a4, long a5) {
    long string = scratch.get().string(0, path);
    return string < 0 && string > -4096 ? string : call(call, fd, string, a3, a4, a5);
  }

  final long withPaths(Call call, long fd, byte[] a, long fdB, byte[] b, long flags) {
    Scratch s = scratch.get();
    long first = s.string(0, a);
    long second = s.string(STRING_B, b);
    if (isError(first) || isError(second)) {
      return -Errno.ENAMETOOLONG;
    }
    return call(call, fd, first, fdB, second, flags);
  }

  static boolean isError(long address) {
    return address < 0 && address > -4096;
  }

  static byte[] copy(Scratch s, int length) {
    byte[] out = new byte[length];
    s.bytes.get(Scratch.AREA, out);
    return out;
  }
}
