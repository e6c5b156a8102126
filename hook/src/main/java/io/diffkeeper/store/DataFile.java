package io.diffkeeper.store;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/** The checks of a store's data file that go before LMDB's use of it. */
final class DataFile {
  /** So often other processes may commit while the file is looked at. */
  private static final int ATTEMPTS_MAX = 100;

  /** So often the meta pages may be unreadable, because a process is just making the file. */
  private static final int UNREADABLE_ATTEMPTS_MAX = 20;

  /** A store's first transaction writes less than this. */
  private static final long NEW_BYTES_MAX = 64 << 10;

  private DataFile() {}

  /**
   * Checks what LMDB reads when it opens the store, so that it never opens another file or one that
   * lacks its end.
   *
   * @return the version of the store's format; {@link StoreFormat#DAMAGED} if it cannot be told, as
   *     of a store that is not made yet
   * @throws io.diffkeeper.DiffKeeperException CORRUPT if the file is not sound
   */
  static int checkOpening(Path store) {
    Path path = store.resolve(StoreDirectory.DATA);
    if (!Files.exists(path)) {
      return StoreFormat.DAMAGED; // LMDB makes it
    }
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
      MetaPage[] before = null;
      for (int attempt = 1; ; attempt++) {
        MetaPage[] metas = null;
        try {
          if (file.size() == 0) {
            if (WriterGate.isMade(store)) {
              throw new PageFault(StoreDirectory.DATA + " is empty"); // there was a store
            }
            return StoreFormat.DAMAGED; // another process is making it
          }
          metas = MetaPage.read(file);
          return checkOpening(file, metas);
        } catch (PageFault e) {
          // Nothing protects what we see from writers: it is damage only if it stays as it is.
          boolean stays =
              metas == null ? attempt > UNREADABLE_ATTEMPTS_MAX : Arrays.equals(metas, before);
          if (stays || attempt == ATTEMPTS_MAX) {
            throw LmdbErrors.corrupt(store, e.getMessage());
          }
          before = metas;
          Thread.yield();
        }
      }
    } catch (IOException e) {
      throw LmdbErrors.map(e, store);
    }
  }

  /**
   * Removes what was written of a store that was never made, as a power loss leaves it; the caller
   * is about to make it.
   *
   * @throws io.diffkeeper.DiffKeeperException CORRUPT if it is more than that, and not sound
   */
  static void discardUnmade(Path store) throws IOException {
    Path path = store.resolve(StoreDirectory.DATA);
    try {
      checkOpening(store);
    } catch (DiffKeeperException e) {
      if (e.exitCode() != ExitCode.CORRUPT || Files.size(path) > NEW_BYTES_MAX) {
        throw e;
      }
      Files.delete(path);
    }
  }

  /**
   * Whether there is no store in a data file that nobody is told of yet, nor is making: it is what
   * was left of the first transaction, or of what goes before that.
   */
  static boolean isUnmade(Path store) throws IOException {
    Path path = store.resolve(StoreDirectory.DATA);
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
      try {
        MetaPage[] metas = MetaPage.read(file);
        checkOpening(file, metas);
        return metas[1].main().root() == MetaPage.Tree.NO_ROOT;
      } catch (PageFault torn) {
        return file.size() <= NEW_BYTES_MAX;
      }
    }
  }

  private static int checkOpening(FileChannel file, MetaPage[] metas)
      throws IOException, PageFault {
    MetaPage newest = metas[1];
    PageCheck check = new PageCheck(file, newest);
    int format = check.checkOpening();
    if (file.size() < (newest.lastPage() + 1) * newest.pageBytes()) {
      // Pages that were freed before they were ever written may be missing at the end. Whether
      // that is all, only a look at every page can tell.
      new PageCheck(file, newest).checkAll();
    }
    return format;
  }

  /**
   * Checks everything in a data file that nobody uses.
   *
   * @return what is wrong; null if nothing is
   */
  static String faultOf(Path store) throws IOException {
    Path path = store.resolve(StoreDirectory.DATA);
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
      PageCheck.checkAll(file);
      return null;
    } catch (PageFault e) {
      return e.getMessage();
    }
  }

  /**
   * Checks all pages of the snapshot that the caller has a read transaction on.
   *
   * @return what is wrong; null if nothing is; empty if the snapshot's meta page is overwritten
   *     already, so that the caller has to try again with a new transaction
   */
  static String checkSnapshot(Path store, long transaction) throws IOException {
    Path path = store.resolve(StoreDirectory.DATA);
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
      MetaPage[] metas = MetaPage.read(file);
      boolean isNewest = metas[1].transaction() == transaction;
      if (!isNewest && metas[0].transaction() != transaction) {
        return metas[1].transaction() > transaction ? "" : "the newest meta page is an old one";
      }
      PageCheck check = new PageCheck(file, metas[isNewest ? 1 : 0]);
      check.checkAll();
      return isNewest ? checkOlder(file, check, metas) : null;
    } catch (PageFault e) {
      return e.getMessage();
    }
  }

  private static String checkOlder(FileChannel file, PageCheck check, MetaPage[] metas)
      throws IOException, PageFault {
    try {
      check.checkOlder(metas[0]);
      return null;
    } catch (PageFault e) {
      // A writer may have replaced the older one meanwhile; what we saw then says nothing.
      return Arrays.equals(metas, MetaPage.read(file)) ? e.getMessage() : null;
    }
  }
}
