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

  /** Whether the newest version is made from all before it, one after the other. */
  default boolean isChain() {
    return false;
  }

  /**
   * Makes what is stored as small as it gets.
   *
   * @return milliseconds of a processor that it took
   */
  default double compact() throws IOException, InterruptedException {
    return 0;
  }

  /**
   * Restores versions, one after the other, and has each checked.
   *
   * @param versions ascending; the newest is among them
   * @return what it took to restore the newest, all that it is made from included
   */
  default Cost restoreAll(List<Integer> versions, Path into, Check check)
      throws IOException, InterruptedException {
    Cost newest = Cost.NONE;
    for (int version : versions) {
      newest = restore(version, Files.createDirectory(into));
      check.version(version, into);
      Shell.remove(into);
    }
    return newest;
  }

  /** Is told of each version that has been restored. */
  interface Check {
    void version(int version, Path tree) throws IOException, InterruptedException;
  }

  @Override
  default void close() throws IOException {}
}
