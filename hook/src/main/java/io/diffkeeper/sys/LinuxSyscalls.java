package io.diffkeeper.sys;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.LastError;
import com.kenai.jffi.Library;
import com.kenai.jffi.Type;

/**
 * The real kernel, through libc's syscall(2).
 *
 * <p>Calls go to jffi directly: jnr-ffi would generate a stub class per function at run time, which
 * costs a cold process over 100 ms.
 */
final class LinuxSyscalls implements Syscalls {
  private static final Invoker INVOKER = Invoker.getInstance();
  private static final LastError ERRNO = LastError.getInstance();
  private static final long SYSCALL = Library.getDefault().getSymbolAddress("syscall");
  private static final CallContext LONGS = longs();

  private static CallContext longs() {
    Type[] six = {Type.SINT64, Type.SINT64, Type.SINT64, Type.SINT64, Type.SINT64, Type.SINT64};
    return CallContext.getCallContext(Type.SINT64, six, CallingConvention.DEFAULT, true);
  }

  @Override
  public long call(Call call, long a1, long a2, long a3, long a4, long a5) {
    long result = INVOKER.invokeN6(LONGS, SYSCALL, call.number(), a1, a2, a3, a4, a5);
    return result == -1 ? -ERRNO.get() : result;
  }
}
