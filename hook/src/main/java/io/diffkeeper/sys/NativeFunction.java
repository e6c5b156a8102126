package io.diffkeeper.sys;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.Library;
import com.kenai.jffi.Type;
import java.nio.file.Path;

/**
 * A function of a library of ours, ready to be called. For all threads.
 *
 * @param library held, as it is unloaded when nobody does
 * @param address where the function is
 * @param context what it takes and gives
 */
record NativeFunction(Library library, long address, CallContext context) {
  /** The function of that name; null if the library cannot be loaded, or has none. */
  static NativeFunction of(Path file, String name, Type result, Type... parameters) {
    Library library = Library.getCachedInstance(file.toString(), Library.NOW | Library.LOCAL);
    long address = library == null ? 0 : library.getSymbolAddress(name);
    return address == 0
        ? null
        : new NativeFunction(
            library,
            address,
            CallContext.getCallContext(result, parameters, CallingConvention.DEFAULT, false));
  }
}
