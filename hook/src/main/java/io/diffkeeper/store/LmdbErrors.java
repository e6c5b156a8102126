package io.diffkeeper.store;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import java.io.File;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import org.lmdbjava.Dbi;
import org.lmdbjava.Env;
import org.lmdbjava.LmdbException;
import org.lmdbjava.LmdbNativeException;
import org.lmdbjava.Txn;

/** The one place that turns what LMDB and the disk report into what users are told. */
final class LmdbErrors {
  private static final int EIO = 5;
  private static final int EACCES = 13;
  private static final int ENOSPC = 28;
  private static final int EDQUOT = 122;

  /** Less than this is a full disk, see {@link #map}. */
  private static final long FULL_BYTES = 16L << 20;

  private LmdbErrors() {}

  static DiffKeeperException corrupt(Path store, String what) {
    return new DiffKeeperException(ExitCode.CORRUPT, "corrupt store " + store + ": " + what);
  }

  static DiffKeeperException map(LmdbException e, Path store) {
    if (e instanceof LmdbNativeException.PageCorruptedException
        || e instanceof LmdbNativeException.PageNotFoundException
        || e instanceof LmdbNativeException.PageFullException
        || e instanceof Env.FileInvalidException
        || e instanceof Env.VersionMismatchException
        || e instanceof Dbi.IncompatibleException
        || e instanceof Dbi.KeyNotFoundException) {
      return of(ExitCode.CORRUPT, "corrupt store", store, e);
    }
    if (e instanceof Env.ReadersFullException) {
      return of(ExitCode.INTERNAL, "too many readers of the store", store, e);
    }
    if (e instanceof LmdbNativeException.PanicException) {
      return of(ExitCode.INTERNAL, "an earlier write error, to be opened again: store", store, e);
    }
    if (e instanceof Txn.TxFullException) {
      return of(ExitCode.INTERNAL, "transaction too large for the store", store, e);
    }
    return e instanceof LmdbNativeException n
        ? errno(n, store)
        : of(ExitCode.INTERNAL, "cannot use the store", store, e);
  }

  private static DiffKeeperException errno(LmdbNativeException e, Path store) {
    int code = e.getResultCode();
    // LMDB reports a short write, which is how a disk fills up, as EIO ("filesystem full?").
    if (code == ENOSPC || code == EDQUOT || (code == EIO && full(store))) {
      return of(ExitCode.NO_SPACE, "no space left for the store", store, e);
    }
    if (code == EACCES) {
      return of(ExitCode.BAD_INPUT, "no permission for the store", store, e);
    }
    return of(ExitCode.INTERNAL, "input/output error in the store", store, e);
  }

  private static boolean full(Path store) {
    return new File(store.toString()).getUsableSpace() < FULL_BYTES;
  }

  /** An error of the file system in the store's own files. */
  static DiffKeeperException map(IOException e, Path store) {
    String reason = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
    boolean full = reason != null && reason.matches("(?i).*(no space left|quota exceeded).*");
    return full
        ? of(ExitCode.NO_SPACE, "no space left for the store", store, e)
        : of(ExitCode.BAD_INPUT, "cannot use the store", store, e);
  }

  private static DiffKeeperException of(ExitCode code, String what, Path store, Exception cause) {
    String detail = cause instanceof Env.FileInvalidException ? "not an LMDB file" : detail(cause);
    return new DiffKeeperException(code, what + " " + store + ": " + detail, cause);
  }

  private static String detail(Exception cause) {
    String message = String.valueOf(cause.getMessage());
    int newline = message.indexOf('\n');
    return newline < 0 ? message : message.substring(0, newline);
  }
}
