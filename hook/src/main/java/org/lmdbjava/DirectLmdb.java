package org.lmdbjava;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.Type;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Struct;
import jnr.ffi.byref.ByReference;
import jnr.ffi.byref.IntByReference;
import jnr.ffi.byref.NativeLongByReference;
import jnr.ffi.byref.PointerByReference;
import jnr.ffi.provider.ParameterFlags;

/**
 * LMDB's functions, called through jffi as the code does that jnr-ffi generates.
 *
 * <p>Every argument and result is passed as a long: that is how the ABIs of x86-64 and arm64 pass
 * integers and pointers in registers, and these functions take five at most.
 */
final class DirectLmdb implements Library.Lmdb {
  private static final Invoker INVOKER = Invoker.getInstance();
  private static final CallContext[] LONGS = new CallContext[6];

  static {
    for (int count = 0; count < LONGS.length; count++) {
      Type[] types = new Type[count];
      Arrays.fill(types, Type.SINT64);
      LONGS[count] =
          CallContext.getCallContext(Type.SINT64, types, CallingConvention.DEFAULT, false);
    }
  }

  private final com.kenai.jffi.Library library;
  private final long cursorGet;
  private final long cursorPut;
  private final long get;
  private final long put;
  private final long begin;
  private final long abort;

  DirectLmdb(String file) {
    library =
        com.kenai.jffi.Library.openLibrary(
            file, com.kenai.jffi.Library.LAZY | com.kenai.jffi.Library.LOCAL);
    if (library == null) {
      throw new UnsatisfiedLinkError(file + ": " + com.kenai.jffi.Library.getLastError());
    }
    cursorGet = symbol("mdb_cursor_get");
    cursorPut = symbol("mdb_cursor_put");
    get = symbol("mdb_get");
    put = symbol("mdb_put");
    begin = symbol("mdb_txn_begin");
    abort = symbol("mdb_txn_abort");
  }

  private long symbol(String name) {
    long address = library.getSymbolAddress(name);
    if (address == 0) {
      throw new UnsatisfiedLinkError(name);
    }
    return address;
  }

  private static long at(Pointer pointer) {
    return pointer == null ? 0 : pointer.address();
  }

  private static long call(long function, long a) {
    return INVOKER.invokeN1(LONGS[1], function, a);
  }

  private static long call(long function, long a, long b) {
    return INVOKER.invokeN2(LONGS[2], function, a, b);
  }

  private static long call(long function, long a, long b, long c) {
    return INVOKER.invokeN3(LONGS[3], function, a, b, c);
  }

  private static long call(long function, long a, long b, long c, long d) {
    return INVOKER.invokeN4(LONGS[4], function, a, b, c, d);
  }

  /** Memory for what a function returns beside its result. */
  private static Pointer word() {
    return Memory.allocateDirect(Library.RUNTIME, Long.BYTES, true);
  }

  private static Pointer memory(Struct struct) {
    return Struct.getMemory(struct, ParameterFlags.DIRECT | ParameterFlags.OUT);
  }

  /** Takes from memory what a call has put there. */
  private static int taken(ByReference<?> reference, Pointer memory, long result) {
    reference.fromNative(Library.RUNTIME, memory, 0);
    return (int) result;
  }

  /** The result of a call to which memory had to stay as long. */
  private static int after(Pointer memory, long result) {
    Reference.reachabilityFence(memory);
    return (int) result;
  }

  private static Pointer string(byte[] text) {
    Pointer memory = Memory.allocateDirect(Library.RUNTIME, text.length + 1, true);
    memory.put(0, text, 0, text.length);
    return memory;
  }

  private static Pointer string(String text) {
    return string(text.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void mdb_cursor_close(Pointer cursor) {
    call(symbol("mdb_cursor_close"), at(cursor));
  }

  @Override
  public int mdb_cursor_count(Pointer cursor, NativeLongByReference count) {
    Pointer to = word();
    return taken(count, to, call(symbol("mdb_cursor_count"), at(cursor), at(to)));
  }

  @Override
  public int mdb_cursor_del(Pointer cursor, int flags) {
    return (int) call(symbol("mdb_cursor_del"), at(cursor), flags);
  }

  @Override
  public int mdb_cursor_get(Pointer cursor, Pointer key, Pointer value, int operation) {
    return (int) call(cursorGet, at(cursor), at(key), at(value), operation);
  }

  @Override
  public int mdb_cursor_open(Pointer txn, Pointer dbi, PointerByReference cursor) {
    Pointer to = word();
    return taken(cursor, to, call(symbol("mdb_cursor_open"), at(txn), at(dbi), at(to)));
  }

  @Override
  public int mdb_cursor_put(Pointer cursor, Pointer key, Pointer value, int flags) {
    return (int) call(cursorPut, at(cursor), at(key), at(value), flags);
  }

  @Override
  public int mdb_cursor_renew(Pointer txn, Pointer cursor) {
    return (int) call(symbol("mdb_cursor_renew"), at(txn), at(cursor));
  }

  @Override
  public void mdb_dbi_close(Pointer env, Pointer dbi) {
    call(symbol("mdb_dbi_close"), at(env), at(dbi));
  }

  @Override
  public int mdb_dbi_flags(Pointer txn, Pointer dbi, IntByReference flags) {
    Pointer to = word();
    return taken(flags, to, call(symbol("mdb_dbi_flags"), at(txn), at(dbi), at(to)));
  }

  @Override
  public int mdb_dbi_open(Pointer txn, byte[] name, int flags, Pointer dbi) {
    Pointer text = name == null ? null : string(name);
    return after(text, call(symbol("mdb_dbi_open"), at(txn), at(text), flags, at(dbi)));
  }

  @Override
  public int mdb_del(Pointer txn, Pointer dbi, Pointer key, Pointer value) {
    return (int) call(symbol("mdb_del"), at(txn), at(dbi), at(key), at(value));
  }

  @Override
  public int mdb_drop(Pointer txn, Pointer dbi, int delete) {
    return (int) call(symbol("mdb_drop"), at(txn), at(dbi), delete);
  }

  @Override
  public void mdb_env_close(Pointer env) {
    call(symbol("mdb_env_close"), at(env));
  }

  @Override
  public int mdb_env_copy2(Pointer env, String path, int flags) {
    Pointer text = string(path);
    return after(text, call(symbol("mdb_env_copy2"), at(env), at(text), flags));
  }

  @Override
  public int mdb_env_create(PointerByReference env) {
    Pointer to = word();
    return taken(env, to, call(symbol("mdb_env_create"), at(to)));
  }

  @Override
  public int mdb_env_get_maxkeysize(Pointer env) {
    return (int) call(symbol("mdb_env_get_maxkeysize"), at(env));
  }

  @Override
  public int mdb_env_info(Pointer env, Library.MDB_envinfo info) {
    Pointer to = memory(info);
    return after(to, call(symbol("mdb_env_info"), at(env), at(to)));
  }

  @Override
  public int mdb_env_open(Pointer env, String path, int flags, int mode) {
    Pointer text = string(path);
    return after(text, call(symbol("mdb_env_open"), at(env), at(text), flags, mode));
  }

  @Override
  public int mdb_env_set_mapsize(Pointer env, long bytes) {
    return (int) call(symbol("mdb_env_set_mapsize"), at(env), bytes);
  }

  @Override
  public int mdb_env_set_maxdbs(Pointer env, int count) {
    return (int) call(symbol("mdb_env_set_maxdbs"), at(env), count);
  }

  @Override
  public int mdb_env_set_maxreaders(Pointer env, int count) {
    return (int) call(symbol("mdb_env_set_maxreaders"), at(env), count);
  }

  @Override
  public int mdb_env_stat(Pointer env, Library.MDB_stat stat) {
    Pointer to = memory(stat);
    return after(to, call(symbol("mdb_env_stat"), at(env), at(to)));
  }

  @Override
  public int mdb_env_sync(Pointer env, int force) {
    return (int) call(symbol("mdb_env_sync"), at(env), force);
  }

  @Override
  public int mdb_get(Pointer txn, Pointer dbi, Pointer key, Pointer value) {
    return (int) call(get, at(txn), at(dbi), at(key), at(value));
  }

  @Override
  public int mdb_put(Pointer txn, Pointer dbi, Pointer key, Pointer value, int flags) {
    return (int) INVOKER.invokeN5(LONGS[5], put, at(txn), at(dbi), at(key), at(value), flags);
  }

  @Override
  public int mdb_reader_check(Pointer env, IntByReference dead) {
    Pointer to = word();
    return taken(dead, to, call(symbol("mdb_reader_check"), at(env), at(to)));
  }

  /** For an order of keys that is not LMDB's own, which no store of ours has. */
  @Override
  public int mdb_set_compare(Pointer txn, Pointer dbi, Library.ComparatorCallback comparator) {
    throw new UnsupportedOperationException("keys are in LMDB's own order");
  }

  @Override
  public int mdb_stat(Pointer txn, Pointer dbi, Library.MDB_stat stat) {
    Pointer to = memory(stat);
    return after(to, call(symbol("mdb_stat"), at(txn), at(dbi), at(to)));
  }

  @Override
  public String mdb_strerror(int code) {
    long text = call(symbol("mdb_strerror"), code);
    return Pointer.wrap(Library.RUNTIME, text).getString(0);
  }

  @Override
  public void mdb_txn_abort(Pointer txn) {
    call(abort, at(txn));
  }

  @Override
  public int mdb_txn_begin(Pointer env, Pointer parent, int flags, Pointer txn) {
    return (int) call(begin, at(env), at(parent), flags, at(txn));
  }

  @Override
  public int mdb_txn_commit(Pointer txn) {
    return (int) call(symbol("mdb_txn_commit"), at(txn));
  }

  @Override
  public long mdb_txn_id(Pointer txn) {
    return call(symbol("mdb_txn_id"), at(txn));
  }

  @Override
  public int mdb_txn_renew(Pointer txn) {
    return (int) call(symbol("mdb_txn_renew"), at(txn));
  }

  @Override
  public void mdb_txn_reset(Pointer txn) {
    call(symbol("mdb_txn_reset"), at(txn));
  }

  @Override
  public Pointer mdb_version(IntByReference major, IntByReference minor, IntByReference patch) {
    Pointer[] to = {word(), word(), word()};
    call(symbol("mdb_version"), at(to[0]), at(to[1]), at(to[2]));
    taken(major, to[0], 0);
    taken(minor, to[1], 0);
    taken(patch, to[2], 0);
    return null; // the version as a text, which nobody asks for
  }
}
