package org.lmdbjava;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.Struct;
import jnr.ffi.byref.IntByReference;
import jnr.ffi.byref.NativeLongByReference;
import jnr.ffi.byref.PointerByReference;

/**
 * Takes the place of lmdbjava's class of this name, which has jnr-ffi generate code for LMDB's
 * functions at run time: 55 ms of each process's start. {@link DirectLmdb} calls them itself. The
 * rest of lmdbjava is as it is published.
 */
final class Library {
  static final Runtime RUNTIME = Runtime.getSystemRuntime();
  static final Lmdb LIB = new DirectLmdb(TargetName.IS_EXTERNAL ? external() : extracted());

  private Library() {}

  private static String external() {
    return TargetName.RESOLVED_FILENAME;
  }

  /** The library that lmdbjava's jar of natives brings, as a file that goes with the process. */
  private static String extracted() {
    String name = TargetName.RESOLVED_FILENAME;
    try (InputStream in = Library.class.getClassLoader().getResourceAsStream(name)) {
      if (in == null) {
        throw new UnsatisfiedLinkError(name + ": not on the class path");
      }
      Path file = Files.createTempFile("lmdbjava-native-library-", ".so");
      file.toFile().deleteOnExit();
      Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
      return file.toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** MDB_stat of lmdb.h. */
  public static final class MDB_stat extends Struct {
    public final u_int32_t f0_ms_psize = new u_int32_t();
    public final u_int32_t f1_ms_depth = new u_int32_t();
    public final size_t f2_ms_branch_pages = new size_t();
    public final size_t f3_ms_leaf_pages = new size_t();
    public final size_t f4_ms_overflow_pages = new size_t();
    public final size_t f5_ms_entries = new size_t();

    MDB_stat(Runtime runtime) {
      super(runtime);
    }
  }

  /** MDB_envinfo of lmdb.h. */
  public static final class MDB_envinfo extends Struct {
    public final Pointer f0_me_mapaddr = new Pointer();
    public final size_t f1_me_mapsize = new size_t();
    public final size_t f2_me_last_pgno = new size_t();
    public final size_t f3_me_last_txnid = new size_t();
    public final u_int32_t f4_me_maxreaders = new u_int32_t();
    public final u_int32_t f5_me_numreaders = new u_int32_t();

    MDB_envinfo(Runtime runtime) {
      super(runtime);
    }
  }

  /** MDB_cmp_func of lmdb.h. */
  public interface ComparatorCallback {
    int compare(Pointer keyA, Pointer keyB);
  }

  /** The functions of lmdb.h that lmdbjava calls, under their C names. */
  interface Lmdb {
    void mdb_cursor_close(Pointer cursor);

    int mdb_cursor_count(Pointer cursor, NativeLongByReference count);

    int mdb_cursor_del(Pointer cursor, int flags);

    int mdb_cursor_get(Pointer cursor, Pointer key, Pointer value, int operation);

    int mdb_cursor_open(Pointer txn, Pointer dbi, PointerByReference cursor);

    int mdb_cursor_put(Pointer cursor, Pointer key, Pointer value, int flags);

    int mdb_cursor_renew(Pointer txn, Pointer cursor);

    void mdb_dbi_close(Pointer env, Pointer dbi);

    int mdb_dbi_flags(Pointer txn, Pointer dbi, IntByReference flags);

    int mdb_dbi_open(Pointer txn, byte[] name, int flags, Pointer dbi);

    int mdb_del(Pointer txn, Pointer dbi, Pointer key, Pointer value);

    int mdb_drop(Pointer txn, Pointer dbi, int delete);

    void mdb_env_close(Pointer env);

    int mdb_env_copy2(Pointer env, String path, int flags);

    int mdb_env_create(PointerByReference env);

    int mdb_env_get_maxkeysize(Pointer env);

    int mdb_env_info(Pointer env, MDB_envinfo info);

    int mdb_env_open(Pointer env, String path, int flags, int mode);

    int mdb_env_set_mapsize(Pointer env, long bytes);

    int mdb_env_set_maxdbs(Pointer env, int count);

    int mdb_env_set_maxreaders(Pointer env, int count);

    int mdb_env_stat(Pointer env, MDB_stat stat);

    int mdb_env_sync(Pointer env, int force);

    int mdb_get(Pointer txn, Pointer dbi, Pointer key, Pointer value);

    int mdb_put(Pointer txn, Pointer dbi, Pointer key, Pointer value, int flags);

    int mdb_reader_check(Pointer env, IntByReference dead);

    int mdb_set_compare(Pointer txn, Pointer dbi, ComparatorCallback comparator);

    int mdb_stat(Pointer txn, Pointer dbi, MDB_stat stat);

    String mdb_strerror(int code);

    void mdb_txn_abort(Pointer txn);

    int mdb_txn_begin(Pointer env, Pointer parent, int flags, Pointer txn);

    int mdb_txn_commit(Pointer txn);

    long mdb_txn_id(Pointer txn);

    int mdb_txn_renew(Pointer txn);

    void mdb_txn_reset(Pointer txn);

    Pointer mdb_version(IntByReference major, IntByReference minor, IntByReference patch);
  }
}
