package io.diffkeeper.store;

import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import java.io.IOException;
import java.util.List;

/**
 * Writes one version: files first, then directories from the leaves to the root, then {@link
 * #commit}. For one thread. Holds no transaction between calls and bounded memory whatever the size
 * of the files; what it wrote without a commit is never part of a version.
 *
 * <p>Every method throws {@link io.diffkeeper.DiffKeeperException} NO_SPACE if the disk is full and
 * CORRUPT if the store turns out to be; the state's versions are then as before.
 */
public interface VersionWriter extends AutoCloseable {
  /**
   * Stores a file's content.
   *
   * @param previous the file that this one replaces, as it was last stored: the two are stored as
   *     one and a difference; null if there is none
   * @throws IOException as the source throws it
   */
  FileContent file(ContentSource source, Entry previous) throws IOException;

  /**
   * Stores the content of a file that replaces no other.
   *
   * @throws IOException as the source throws it
   */
  default FileContent file(ContentSource source) throws IOException {
    return file(source, null);
  }

  /**
   * Stores a directory.
   *
   * @param entries in any order. Either each name is one component, or this is a version's root:
   *     then all are directories, named by their absolute paths
   * @param previous digest of the directory that this one replaces, as for files; may be null
   * @return what the parent's {@code Entry.content}, or the draft's root, has to be
   * @throws IllegalArgumentException if an entry is not as {@link Entry} says or named twice
   */
  Digest directory(List<Entry> entries, Digest previous);

  /**
   * Stores a directory that replaces no other.
   *
   * @throws IllegalArgumentException if an entry is not as {@link Entry} says or named twice
   */
  default Digest directory(List<Entry> entries) {
    return directory(entries, null);
  }

  /**
   * Makes the version visible, whole, and durable before it returns. At most once.
   *
   * @throws IllegalArgumentException if root or base is not a stored root, or the parent unknown
   */
  Version commit(Draft draft);

  /** Drops what is not committed. */
  @Override
  void close();
}
