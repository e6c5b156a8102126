package io.diffkeeper.archive;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.Quantity;
import io.diffkeeper.tree.FileType;
import io.diffkeeper.tree.Metadata;
import io.diffkeeper.tree.Name;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Reads a tar archive: ustar, pax and GNU's long names and sparse files (format 1.0). Not
 * thread-safe. What it reads may have been made by anybody: every length is bounded, and malformed
 * input is a BAD_INPUT with the position.
 */
final class TarReader {
  private static final int EXTENSION_BYTES_MAX = 4 << 20;
  private static final int OCTAL_BITS = 3;

  private final DataInputStream in;
  private final byte[] header = new byte[TarFormat.BLOCK_BYTES];
  private Map<String, byte[]> pax = new HashMap<>();
  private Name longName;
  private Name longLink;
  private long position;
  private TarContent content;

  TarReader(InputStream in) {
    this.in = new DataInputStream(in);
  }

  /**
   * An entry.
   *
   * @param path as it is written
   * @param hardLink the path of the entry that this is another name of; else null
   * @param target a symbolic link's target; else null
   * @param content a regular file's; to be read before the next entry, or not at all; else null
   */
  record Item(Name path, Metadata metadata, Name hardLink, Name target, TarContent content) {}

  /** The next entry; null at the end. */
  Item next() throws IOException {
    while (true) {
      finish();
      if (!readHeader()) {
        return null;
      }
      char code = (char) (header[TarFormat.TYPE] & 0xff);
      long size = number(TarFormat.SIZE, TarFormat.NUMBER_BYTES);
      switch (code) {
        case TarFormat.PAX -> pax = records(extension(size));
        case TarFormat.PAX_GLOBAL -> extension(size); // says nothing of files
        case TarFormat.GNU_LONG_NAME -> longName = text(extension(size), 0, (int) size);
        case TarFormat.GNU_LONG_LINK -> longLink = text(extension(size), 0, (int) size);
        default -> {
          Item item = item(code, size);
          pax = new HashMap<>();
          longName = null;
          longLink = null;
          return item;
        }
      }
    }
  }

  /** Skips what was not read of the last entry. */
  private void finish() throws IOException {
    if (content != null) {
      content.skipRest();
      content = null;
    }
  }

  private Item item(char code, long headerSize) throws IOException {
    boolean linked = code == TarFormat.HARD_LINK;
    FileType type = linked ? FileType.FILE : TarFormat.type(code);
    if (type == null) {
      throw bad("entries of type " + Quantity.shown("" + code) + " are not supported");
    }
    Name path = has("GNU.sparse.name") ? value("GNU.sparse.name") : value("path");
    path = path == null ? longName == null ? headerName() : longName : path;
    Name link = value("linkpath");
    link = link == null ? longLink == null ? text(header, TarFormat.LINK, 100) : longLink : link;
    long size = paxNumber("size", headerSize);
    if (type == FileType.FILE && !linked) {
      content = content(size);
    } else if (size != 0 && !linked) {
      throw bad(Quantity.shown("" + path) + ": has content, and is no regular file");
    }
    return new Item(
        path,
        metadata(type),
        linked ? link : null,
        type == FileType.SYMLINK ? link : null,
        content);
  }

  private TarContent content(long size) throws IOException {
    if (!has("GNU.sparse.major")) {
      return TarContent.whole(this, size);
    }
    if (paxNumber("GNU.sparse.major", 0) != 1 || paxNumber("GNU.sparse.minor", 0) != 0) {
      throw bad("sparse files of this format are not supported: use tar --sparse-version=1.0");
    }
    return TarContent.sparse(this, size, paxNumber("GNU.sparse.realsize", 0));
  }

  private Metadata metadata(FileType type) {
    boolean device = type == FileType.CHAR_DEVICE || type == FileType.BLOCK_DEVICE;
    long major = number(TarFormat.MAJOR, TarFormat.ID_BYTES);
    long minor = number(TarFormat.MINOR, TarFormat.ID_BYTES);
    BigDecimal mtime = new BigDecimal(number(TarFormat.MTIME, TarFormat.NUMBER_BYTES));
    if (has("mtime")) {
      mtime = decimal("mtime");
    }
    BigDecimal seconds = mtime.setScale(0, RoundingMode.FLOOR);
    int nanos = mtime.subtract(seconds).movePointRight(9).intValue();
    SortedMap<Name, byte[]> xattrs = new TreeMap<>();
    pax.forEach(
        (key, value) -> {
          if (key.startsWith(TarFormat.XATTR)) {
            String name = TarFormat.decoded(key.substring(TarFormat.XATTR.length()));
            xattrs.put(Name.of(name.getBytes(StandardCharsets.ISO_8859_1)), value);
          }
        });
    return new Metadata(
        type,
        (int) number(TarFormat.MODE, TarFormat.ID_BYTES) & 07777,
        id("uid", TarFormat.UID),
        id("gid", TarFormat.GID),
        seconds.longValue(),
        nanos,
        device ? major << 32 | minor : 0,
        xattrs.isEmpty() ? Metadata.NO_XATTRS : xattrs);
  }

  private long id(String key, int at) {
    long id = paxNumber(key, number(at, TarFormat.ID_BYTES));
    if (id > 0xffffffffL) {
      throw bad(key + " " + id + " is out of range");
    }
    return id;
  }

  // --- header ------------------------------------------------------------------------------------

  private boolean readHeader() throws IOException {
    int first = in.read(header, 0, TarFormat.BLOCK_BYTES);
    if (first < 0) {
      return false;
    }
    in.readFully(header, first, TarFormat.BLOCK_BYTES - first);
    position += TarFormat.BLOCK_BYTES;
    boolean empty = true;
    for (byte b : header) {
      empty &= b == 0;
    }
    if (empty) {
      return false;
    }
    if (number(TarFormat.CHECKSUM, TarFormat.ID_BYTES) != TarFormat.checksum(header)) {
      throw bad("no tar header");
    }
    return true;
  }

  private Name headerName() {
    Name name = text(header, TarFormat.NAME, TarFormat.NAME_BYTES);
    // GNU tar's older format, "ustar  ", has times where POSIX has the prefix.
    boolean posix = header[TarFormat.MAGIC + 5] == 0;
    Name prefix = text(header, TarFormat.PREFIX, TarFormat.PREFIX_BYTES);
    return posix && prefix.length() > 0 ? prefix.resolve(name) : name;
  }

  private static Name text(byte[] bytes, int from, int length) {
    int end = from;
    while (end < from + length && bytes[end] != 0) {
      end++;
    }
    return Name.of(Arrays.copyOfRange(bytes, from, end));
  }

  /** Octal digits, or with the highest bit set the number itself, as GNU tar does. */
  private long number(int at, int length) {
    long value = 0;
    if ((header[at] & 0x80) != 0) {
      value = (header[at] & 0x40) != 0 ? -1 : 0;
      for (int i = at + Math.max(1, length - 8); i < at + length; i++) {
        value = value << 8 | header[i] & 0xff;
      }
      return value;
    }
    for (int i = at; i < at + length; i++) {
      if (header[i] >= '0' && header[i] <= '7') {
        value = value << OCTAL_BITS | header[i] - '0';
      } else if (header[i] != ' ' && header[i] != 0) {
        throw bad("no tar header: a number has other characters than digits");
      }
    }
    return value;
  }

  // --- extensions --------------------------------------------------------------------------------

  private byte[] extension(long size) throws IOException {
    if (size < 0 || size > EXTENSION_BYTES_MAX) {
      throw bad("an extended header has " + size + " bytes");
    }
    byte[] bytes = new byte[(int) size];
    readFully(bytes);
    skip(TarFormat.padding(size));
    return bytes;
  }

  private Map<String, byte[]> records(byte[] bytes) {
    Map<String, byte[]> records = new HashMap<>();
    for (int at = 0; at < bytes.length; ) {
      int blank = indexOf(bytes, ' ', at);
      int length = (int) parse(new String(bytes, at, blank - at, StandardCharsets.US_ASCII));
      int equals = indexOf(bytes, '=', blank);
      if (length > bytes.length - at || equals >= at + length - 1 || length < 1) {
        throw bad("malformed extended header");
      }
      String key = new String(bytes, blank + 1, equals - blank - 1, StandardCharsets.ISO_8859_1);
      records.put(key, Arrays.copyOfRange(bytes, equals + 1, at + length - 1));
      at += length;
    }
    return records;
  }

  private int indexOf(byte[] bytes, char wanted, int from) {
    for (int i = from; i < bytes.length; i++) {
      if (bytes[i] == wanted) {
        return i;
      }
    }
    throw bad("malformed extended header");
  }

  private boolean has(String key) {
    return pax.containsKey(key);
  }

  private Name value(String key) {
    return has(key) ? Name.of(pax.get(key)) : null;
  }

  private BigDecimal decimal(String key) {
    String text = new String(pax.get(key), StandardCharsets.US_ASCII);
    if (!text.matches("-?[0-9]{1,18}(\\.[0-9]{0,30})?")) { // no exponents, which have no bound
      throw bad("malformed " + key);
    }
    return new BigDecimal(text);
  }

  private long paxNumber(String key, long otherwise) {
    long value = has(key) ? parse(new String(pax.get(key), StandardCharsets.US_ASCII)) : otherwise;
    if (value < 0) {
      throw bad(key + " is negative");
    }
    return value;
  }

  long parse(String digits) {
    try {
      return Long.parseLong(digits);
    } catch (NumberFormatException malformed) {
      throw bad("malformed number");
    }
  }

  // --- bytes -------------------------------------------------------------------------------------

  int read(byte[] into, int length) throws IOException {
    int count = in.read(into, 0, length);
    if (count < 0) {
      throw new EOFException("the archive is cut short");
    }
    position += count;
    return count;
  }

  void readFully(byte[] into) throws IOException {
    in.readFully(into);
    position += into.length;
  }

  void skip(long count) throws IOException {
    in.skipNBytes(count);
    position += count;
  }

  /** Bytes read so far. */
  long position() {
    return position;
  }

  DiffKeeperException bad(String what) {
    return new DiffKeeperException(
        ExitCode.BAD_INPUT, "tar archive, before byte " + position + ": " + what);
  }
}
