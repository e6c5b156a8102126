package io.diffkeeper.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Something that keeps versions of a tree. */
interface Tool extends AutoCloseable {
  /** As it is called in tables. */
  String name();

  /**
   * Keeps the tree as it is now.
   *
   * @param version from 1, ascending
   * @param changed what differs from the version before, for tools that don't find out themselves
   * @return what it took
   */
  Cost capture(Path live, int version, List<Path> changed) throws IOException, InterruptedException;

  /** What all versions take, in bytes. */
  long storedBytes() throws IOException, InterruptedException;

  /**
   * Puts a version into an empty directory.
   *
   * @return what it took
   */
  Cost restore(int version, Path into) throws IOException, InterruptedException;

  /** Restores all versions, one after the other, and has each checked. */
  default void restoreAll(int versions, Path into, Check check)
      throws IOException, InterruptedException {
    for (int version = 1; version <= versions; version++) {
      restore(version, Files.createDirectory(into));
      check.version(version, into);
      Shell.remove(into);
    }
  }

  /** Is told of each version that has been restored. */
  interface Check {
    void version(int version, Path tree) throws IOException, InterruptedException;
  }

  @Override
  default void close() throws IOException {}
}
