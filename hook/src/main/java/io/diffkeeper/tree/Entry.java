package io.diffkeeper.tree;

/**
 * One entry of a directory, as a version has it.
 *
 * @param name its name in the directory; for a version's top directory the state-dir's path
 * @param metadata everything but the content
 * @param size content length in bytes; 0 for all but regular files
 * @param content for a regular file the digest of its manifest, for a directory that of its
 *     entries; null for everything else
 * @param target a symbolic link's target; else null
 * @param link 0, or a number that all hard links of one file share within a version
 */
public record Entry(
    Name name, Metadata metadata, long size, Digest content, Name target, long link) {

  /** The entry's type. */
  public FileType type() {
    return metadata.type();
  }

  /** Whether content, target and metadata are the same; names and link numbers aside. */
  public boolean sameAs(Entry other) {
    return metadata.equals(other.metadata) && sameContent(other);
  }

  /** Whether type, content and target are the same. */
  public boolean sameContent(Entry other) {
    return type() == other.type()
        && size == other.size
        && java.util.Objects.equals(content, other.content)
        && java.util.Objects.equals(target, other.target);
  }
}
