package io.diffkeeper.store;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/** The directory of a store: made private, and refused if it is not. */
final class StoreDirectory {
  static final String DATA = "data.mdb";
  static final String LOCK = "lock.mdb";

  /** LMDB's reader table for as many readers as the environment is opened with, and to spare. */
  private static final int LOCK_BYTES = 128 << 10;

  private static final Set<PosixFilePermission> OWNER =
      EnumSet.of(
          PosixFilePermission.OWNER_READ,
          PosixFilePermission.OWNER_WRITE,
          PosixFilePermission.OWNER_EXECUTE);

  private StoreDirectory() {}

  /** Makes the directory where there is none, and whatever leads to it. */
  static void prepare(Path dir) {
    try {
      if (!Files.exists(dir, LinkOption.NOFOLLOW_LINKS)) {
        Path parent = dir.toAbsolutePath().getParent();
        if (parent != null) {
          Files.createDirectories(parent);
        }
        try {
          Files.createDirectory(dir, PosixFilePermissions.asFileAttribute(OWNER));
        } catch (FileAlreadyExistsException another) {
          // Another process was faster; what it made is checked like any other.
        }
      }
      check(dir);
      if (!Files.exists(dir.resolve(DATA), LinkOption.NOFOLLOW_LINKS)) {
        checkOnlyOurs(dir);
      }
    } catch (IOException e) {
      throw LmdbErrors.map(e, dir);
    }
  }

  /** Makes a private directory; there must be none. */
  static void make(Path dir) {
    try {
      Files.createDirectory(dir, PosixFilePermissions.asFileAttribute(OWNER));
    } catch (IOException e) {
      throw LmdbErrors.map(e, dir);
    }
  }

  /** Checks a directory that has to be a store already. */
  static void prepareExisting(Path dir) {
    Path data = dir.resolve(DATA);
    if (!Files.exists(data, LinkOption.NOFOLLOW_LINKS)) {
      throw Files.notExists(data, LinkOption.NOFOLLOW_LINKS)
          ? none(dir)
          : bad(dir, "no permission to look into it");
    }
    prepare(dir);
  }

  /** Whether there is a data file and it cannot be written; for root, by the file system only. */
  static boolean isReadOnly(Path dir) {
    Path data = dir.resolve(DATA);
    return Files.exists(data) && !Files.isWritable(data) && Files.isReadable(data);
  }

  private static void check(Path dir) throws IOException {
    if (!Files.isDirectory(dir)) {
      throw bad(dir, "not a directory");
    }
    if (!OWNER.containsAll(Files.getPosixFilePermissions(dir))) {
      throw bad(dir, "others have access to it; chmod 0700 makes it private");
    }
    for (String name : new String[] {DATA, LOCK}) {
      Path file = dir.resolve(name);
      if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)
          && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
        throw bad(file, "not a regular file");
      }
    }
  }

  private static void checkOnlyOurs(Path dir) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(dir)) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        // Another process may have made its data file meanwhile; or one has failed to.
        if (!name.equals(DATA) && !name.startsWith(LOCK) && !name.equals(WriterGate.FILE)) {
          throw bad(dir, "holds other files and no store");
        }
      }
    }
  }

  /**
   * Makes the lock file with all its blocks: LMDB maps a sparse one, and a full disk would then
   * kill the process with SIGBUS. Linked when it is complete, because others may be waiting for it.
   */
  static void createLock(Path dir) throws IOException {
    Path lock = dir.resolve(LOCK);
    if (Files.exists(lock)) {
      return;
    }
    Path temporary = Files.createTempFile(dir, LOCK, null);
    try {
      Files.write(temporary, new byte[LOCK_BYTES]);
      Files.createLink(lock, temporary);
    } catch (FileAlreadyExistsException another) {
      // Another process has made it.
    } finally {
      try {
        Files.delete(temporary);
      } catch (NoSuchFileException gone) {
        // Nothing is left to remove.
      }
    }
  }

  /** Removes what processes left that were killed while they made the lock file; nobody may be. */
  static void discardUnlinked(Path dir) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(dir, LOCK + "?*")) {
      for (Path file : files) {
        Files.delete(file);
      }
    }
  }

  /** What is said where there is no store. */
  static DiffKeeperException none(Path dir) {
    return new DiffKeeperException(ExitCode.NOT_FOUND, "no store: " + dir);
  }

  /** The length of the data file. */
  static long dataBytes(Path dir) {
    try {
      return Files.size(dir.resolve(DATA));
    } catch (IOException e) {
      throw LmdbErrors.map(e, dir);
    }
  }

  /** Makes the names of a new store's files, and its own, durable. */
  static void sync(Path dir) {
    for (Path path : new Path[] {dir, dir.toAbsolutePath().getParent()}) {
      try (FileChannel directory = FileChannel.open(path, StandardOpenOption.READ)) {
        directory.force(true);
      } catch (IOException e) {
        throw LmdbErrors.map(e, dir);
      }
    }
  }

  private static DiffKeeperException bad(Path path, String what) {
    return new DiffKeeperException(ExitCode.BAD_INPUT, "bad store " + path + ": " + what);
  }
}
