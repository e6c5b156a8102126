package io.diffkeeper.archive;

import io.diffkeeper.tree.FileType;
import java.nio.charset.StandardCharsets;

/**
 * The header of an entry, which fills one block:
 *
 * <pre>
 *   0 name[100] │ 100 mode[8] │ 108 uid[8] │ 116 gid[8] │ 124 size[12] │ 136 mtime[12]
 * 148 checksum[8] │ 156 type │ 157 link name[100] │ 257 "ustar\\0" "00"
 * 265 user[32] │ 297 group[32] │ 329 major[8] │ 337 minor[8] │ 345 prefix[155] │ 500 padding
 * </pre>
 *
 * Numbers are octal digits and end with NUL; see pax(1) of POSIX.
 */
final class TarFormat {
  static final int BLOCK_BYTES = 512;
  static final int NAME = 0;
  static final int NAME_BYTES = 100;
  static final int MODE = 100;
  static final int UID = 108;
  static final int GID = 116;
  static final int ID_BYTES = 8;
  static final int SIZE = 124;
  static final int MTIME = 136;
  static final int NUMBER_BYTES = 12;
  static final int CHECKSUM = 148;
  static final int TYPE = 156;
  static final int LINK = 157;
  static final int MAGIC = 257;
  static final int MAJOR = 329;
  static final int MINOR = 337;
  static final int PREFIX = 345;
  static final int PREFIX_BYTES = 155;
  static final byte[] USTAR = "ustar\00000".getBytes(StandardCharsets.US_ASCII);

  static final char HARD_LINK = '1';
  static final char PAX = 'x';
  static final char PAX_GLOBAL = 'g';
  static final char GNU_LONG_NAME = 'L';
  static final char GNU_LONG_LINK = 'K';
  static final String XATTR = "SCHILY.xattr.";

  private TarFormat() {}

  static char code(FileType type) {
    return switch (type) {
      case FILE -> '0';
      case SYMLINK -> '2';
      case CHAR_DEVICE -> '3';
      case BLOCK_DEVICE -> '4';
      case DIRECTORY -> '5';
      case FIFO -> '6';
      case SOCKET -> throw new IllegalArgumentException("tar has no sockets");
    };
  }

  /** The type with that code; null if it is none of a file system's. */
  static FileType type(char code) {
    return switch (code) {
      case 0, '0', '7' -> FileType.FILE;
      case '2' -> FileType.SYMLINK;
      case '3' -> FileType.CHAR_DEVICE;
      case '4' -> FileType.BLOCK_DEVICE;
      case '5' -> FileType.DIRECTORY;
      case '6' -> FileType.FIFO;
      default -> null;
    };
  }

  /** An extended attribute's name in a record's key, which has no '=': as GNU tar has it. */
  static String encoded(String name) {
    return name.replace("%", "%25").replace("=", "%3D");
  }

  static String decoded(String name) {
    return name.replace("%3D", "=").replace("%25", "%");
  }

  /** The sum of a header's bytes, its own field counted as blanks. */
  static int checksum(byte[] header) {
    int sum = ID_BYTES * ' ';
    for (int i = 0; i < BLOCK_BYTES; i++) {
      sum += i >= CHECKSUM && i < CHECKSUM + ID_BYTES ? 0 : header[i] & 0xff;
    }
    return sum;
  }

  /** Bytes from the end of content to the next block. */
  static int padding(long size) {
    return (int) (-size & BLOCK_BYTES - 1);
  }
}
