package io.diffkeeper.tree;

/** The type of a file system entry; codes are those of the S_IFMT bits, see inode(7). */
public enum FileType {
  /** A regular file. */
  FILE(0100000),
  /** A directory. */
  DIRECTORY(0040000),
  /** A symbolic link. */
  SYMLINK(0120000),
  /** A named pipe. */
  FIFO(0010000),
  /** A character device. */
  CHAR_DEVICE(0020000),
  /** A block device. */
  BLOCK_DEVICE(0060000),
  /** A socket; never kept. */
  SOCKET(0140000);

  /** Mask of the type bits in st_mode. */
  public static final int MASK = 0170000;

  private static final FileType[] ALL = values();

  private final int bits;

  FileType(int bits) {
    this.bits = bits;
  }

  /** The S_IFMT bits. */
  public int bits() {
    return bits;
  }

  /**
   * The type in a st_mode.
   *
   * @throws IllegalArgumentException if the bits name no type
   */
  public static FileType of(int mode) {
    for (FileType type : ALL) {
      if (type.bits == (mode & MASK)) {
        return type;
      }
    }
    throw new IllegalArgumentException("no file type: 0" + Integer.toOctalString(mode));
  }
}
