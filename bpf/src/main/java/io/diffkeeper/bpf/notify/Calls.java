package io.diffkeeper.bpf.notify;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.LastError;
import com.kenai.jffi.Library;
import com.kenai.jffi.MemoryIO;
import com.kenai.jffi.Type;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The system calls in use, with their numbers on x86-64 and on the generic table of arm64. */
enum Calls {
  CLOSE(3, 57),
  FANOTIFY_INIT(300, 262),
  FANOTIFY_MARK(301, 263),
  INOTIFY_ADD_WATCH(254, 27),
  INOTIFY_INIT1(294, 26),
  NAME_TO_HANDLE_AT(303, 264),
  READ(0, 63);

  private static final Invoker INVOKER = Invoker.getInstance();
  private static final LastError ERRNO = LastError.getInstance();
  private static final MemoryIO MEMORY = MemoryIO.getInstance();
  private static final long SYSCALL = Library.getDefault().getSymbolAddress("syscall");
  private static final CallContext LONGS =
      CallContext.getCallContext(
          Type.SINT64,
          new Type[] {Type.SINT64, Type.SINT64, Type.SINT64, Type.SINT64, Type.SINT64, Type.SINT64},
          CallingConvention.DEFAULT,
          true);

  private final int number;

  Calls(int x86, int arm64) {
    this.number = "aarch64".equals(System.getProperty("os.arch")) ? arm64 : x86;
  }

  /** Makes the call; returns its result, or the negated error number. */
  long call(long a1, long a2, long a3, long a4, long a5) {
    long result = INVOKER.invokeN6(LONGS, SYSCALL, number, a1, a2, a3, a4, a5);
    return result == -1 ? -ERRNO.get() : result;
  }

  /** Memory for the kernel to read or write, in the machine's byte order. */
  static ByteBuffer memory(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }

  static long address(ByteBuffer memory) {
    return MEMORY.getDirectBufferAddress(memory);
  }
}
