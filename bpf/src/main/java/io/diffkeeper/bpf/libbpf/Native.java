package io.diffkeeper.bpf.libbpf;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.Closure;
import com.kenai.jffi.ClosureManager;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.LastError;
import com.kenai.jffi.Library;
import com.kenai.jffi.MemoryIO;
import com.kenai.jffi.Type;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The C functions of libbpf and libc, loaded at first use.
 *
 * <p>They are called through jffi: jnr-ffi would generate code for each at run time, which costs a
 * cold keeper 40 ms. Every argument and result is passed as a long, as the ABIs of x86-64 and arm64
 * pass integers and pointers in registers; an address is a long, too, and 0 is C's null.
 */
final class Native {
  private static final Invoker INVOKER = Invoker.getInstance();
  private static final MemoryIO MEMORY = MemoryIO.getInstance();
  private static final int ARGUMENTS_MAX = 6;
  private static final CallContext[] LONGS = new CallContext[ARGUMENTS_MAX + 1];
  private static Native instance;

  static {
    for (int count = 0; count < LONGS.length; count++) {
      Type[] types = new Type[count];
      Arrays.fill(types, Type.SINT64);
      LONGS[count] =
          CallContext.getCallContext(Type.SINT64, types, CallingConvention.DEFAULT, true);
    }
  }

  final BpfLog log = new BpfLog(this);
  private final Library library;
  private final Map<String, Long> functions = new ConcurrentHashMap<>();

  /** Held, as libbpf calls it until the process ends. */
  private final Closure.Handle print = closure(log, Type.SINT32, Type.POINTER, Type.POINTER);

  private Native() {
    library = Library.openLibrary("libbpf.so.1", Library.LAZY | Library.LOCAL);
    if (library == null) {
      throw new BpfException("dlopen", 0, "libbpf.so.1 cannot be loaded", null);
    }
    call("libbpf_set_print", print.getAddress());
  }

  /**
   * The loaded libraries.
   *
   * @throws BpfException if the machine has no libbpf 1.x
   */
  static synchronized Native get() {
    if (instance == null) {
      instance = new Native();
    }
    return instance;
  }

  /** A function for C to call, which returns an int; to be held for as long as C may call it. */
  static Closure.Handle closure(Closure function, Type... parameters) {
    return ClosureManager.getInstance()
        .newClosure(function, Type.SINT32, parameters, CallingConvention.DEFAULT);
  }

  private long address(String function) {
    long address = library.getSymbolAddress(function);
    address = address == 0 ? Library.getDefault().getSymbolAddress(function) : address;
    if (address == 0) {
      throw new BpfException("dlsym", 0, "libbpf.so.1 has no " + function, null);
    }
    return address;
  }

  /** Calls a function of at most six arguments. */
  long call(String function, long... arguments) {
    long to = functions.computeIfAbsent(function, this::address);
    CallContext context = LONGS[arguments.length];
    long[] a = Arrays.copyOf(arguments, ARGUMENTS_MAX);
    return switch (arguments.length) {
      case 0 -> INVOKER.invokeN0(context, to);
      case 1 -> INVOKER.invokeN1(context, to, a[0]);
      case 2 -> INVOKER.invokeN2(context, to, a[0], a[1]);
      case 3 -> INVOKER.invokeN3(context, to, a[0], a[1], a[2]);
      case 4 -> INVOKER.invokeN4(context, to, a[0], a[1], a[2], a[3]);
      case 5 -> INVOKER.invokeN5(context, to, a[0], a[1], a[2], a[3], a[4]);
      default -> INVOKER.invokeN6(context, to, a[0], a[1], a[2], a[3], a[4], a[5]);
    };
  }

  /** Calls a function whose result is an int, negative for an error number, which is thrown. */
  int check(String function, long... arguments) {
    return checked(function, (int) call(function, arguments));
  }

  /** Throws if a function's result is a negative error number. */
  int checked(String function, int result) {
    if (result < 0) {
      throw failure(function, -result);
    }
    return result;
  }

  /** Calls a function whose result is an address; if it is null, errno is thrown. */
  long pointer(String function, long... arguments) {
    long result = call(function, arguments);
    if (result == 0) {
      throw failure(function, LastError.getInstance().get());
    }
    return result;
  }

  /** The failure of a call with what libbpf logged since the last failure. */
  private BpfException failure(String call, int errno) {
    String said = log.take();
    String detail = text(call("strerror", errno)) + (said.isEmpty() ? "" : " (" + said + ")");
    return new BpfException(call, errno, detail, null);
  }

  /** A C string for a call. */
  static final class Text implements AutoCloseable {
    final long address;

    Text(String text) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      address = MEMORY.allocateMemory(bytes.length + 1L, true);
      MEMORY.putByteArray(address, bytes, 0, bytes.length);
    }

    @Override
    public void close() {
      MEMORY.freeMemory(address);
    }
  }

  /** A C string's characters. */
  static String text(long address) {
    return new String(MEMORY.getZeroTerminatedByteArray(address), StandardCharsets.UTF_8);
  }

  /** Where a direct buffer is, for as long as somebody holds it. */
  static long address(ByteBuffer buffer) {
    return MEMORY.getDirectBufferAddress(buffer);
  }

  /** Memory for C to read or write, in the machine's byte order. */
  static ByteBuffer memory(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }

  /** Copies what C points to. */
  static void copy(long address, byte[] into) {
    MEMORY.getByteArray(address, into, 0, into.length);
  }

  /** A number that C points to. */
  static long number(long address) {
    return MEMORY.getLong(address);
  }
}
