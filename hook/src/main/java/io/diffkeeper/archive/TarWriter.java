package io.diffkeeper.archive;

import io.diffkeeper.store.ContentSink;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.FileType;
import io.diffkeeper.tree.Metadata;
import io.diffkeeper.tree.Name;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Writes a tar archive, entry after entry. Holes are written as zeros. Not thread-safe; the channel
 * is the caller's.
 */
final class TarWriter implements ContentSink {
  private static final byte[] ZEROS = new byte[64 << 10];
  private static final long OCTAL_ID_MAX = 07777777;
  private static final long OCTAL_NUMBER_MAX = 077777777777L;

  /** What a tar that knows no holes makes of a sparse file, map and data, goes there. */
  private static final Name SPARSE_NAME = Name.of("GNUSparseFile.0");

  private final WritableByteChannel out;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(ContentSink.BYTES_MAX);
  private long written;
  private long content;
  private boolean sparse;

  TarWriter(WritableByteChannel out) {
    this.out = out;
  }

  /**
   * Starts an entry. A regular file's content has to follow, exactly as long as its entry says,
   * then {@link #pad}. Of a sparse file only the data is written.
   *
   * @param path relative, without a slash at its end
   * @param hardLink the path of an earlier entry that this one is a hard link to; else null
   * @param map where a sparse file has data; else null
   */
  void entry(Name path, Entry entry, Name hardLink, SparseMap map) throws IOException {
    Metadata metadata = entry.metadata();
    boolean directory = entry.type() == FileType.DIRECTORY;
    Name name = directory ? path.resolve(Name.EMPTY) : path;
    Name link = hardLink == null ? entry.target() : hardLink;
    long size = hardLink != null ? 0 : map == null ? entry.size() : map.storedBytes();
    ByteArrayOutputStream records = new ByteArrayOutputStream();
    if (map != null) {
      record(records, "GNU.sparse.major", ascii("1"));
      record(records, "GNU.sparse.minor", ascii("0"));
      record(records, "GNU.sparse.name", name.toBytes());
      record(records, "GNU.sparse.realsize", ascii(Long.toString(entry.size())));
      name = SPARSE_NAME.resolve(name);
    }
    byte[] pax = pax(records, name, link, size, metadata);
    if (pax.length > 0) {
      byte[] header = header(Name.of("pax"), null, pax.length, TarFormat.PAX, null);
      put(header, 0, header.length);
      put(pax, 0, pax.length);
      zeros(TarFormat.padding(pax.length));
    }
    char type = hardLink == null ? TarFormat.code(entry.type()) : TarFormat.HARD_LINK;
    byte[] header = header(name, link, size, type, metadata);
    put(header, 0, header.length);
    content = size;
    sparse = map != null;
    if (sparse) {
      byte[] text = map.text();
      put(text, 0, text.length);
    }
  }

  /** Fills up the last block of a file's content. */
  void pad() throws IOException {
    zeros(TarFormat.padding(content));
  }

  /** Ends the archive: two empty blocks, filled up to a record of twenty as tar does. */
  void end() throws IOException {
    int record = 20 * TarFormat.BLOCK_BYTES;
    zeros(2 * TarFormat.BLOCK_BYTES);
    zeros((record - written % record) % record);
    flush();
  }

  private static byte[] header(Name name, Name link, long size, char type, Metadata metadata) {
    byte[] header = new byte[TarFormat.BLOCK_BYTES];
    text(header, TarFormat.NAME, name);
    if (link != null) {
      text(header, TarFormat.LINK, link);
    }
    boolean fits = size <= OCTAL_NUMBER_MAX;
    octal(header, TarFormat.SIZE, TarFormat.NUMBER_BYTES, fits ? size : 0);
    header[TarFormat.TYPE] = (byte) type;
    System.arraycopy(TarFormat.USTAR, 0, header, TarFormat.MAGIC, TarFormat.USTAR.length);
    octal(header, TarFormat.MODE, TarFormat.ID_BYTES, metadata == null ? 0600 : mode(metadata));
    octal(header, TarFormat.UID, TarFormat.ID_BYTES, metadata == null ? 0 : id(metadata.uid()));
    octal(header, TarFormat.GID, TarFormat.ID_BYTES, metadata == null ? 0 : id(metadata.gid()));
    long time = metadata == null ? 0 : metadata.mtimeSeconds();
    octal(
        header,
        TarFormat.MTIME,
        TarFormat.NUMBER_BYTES,
        Math.max(0, Math.min(time, OCTAL_NUMBER_MAX)));
    long device = metadata == null ? 0 : metadata.device();
    octal(header, TarFormat.MAJOR, TarFormat.ID_BYTES, device >>> 32 & OCTAL_ID_MAX);
    octal(header, TarFormat.MINOR, TarFormat.ID_BYTES, device & OCTAL_ID_MAX);
    octal(header, TarFormat.CHECKSUM, TarFormat.ID_BYTES - 1, TarFormat.checksum(header));
    header[TarFormat.CHECKSUM + TarFormat.ID_BYTES - 1] = ' ';
    return header;
  }

  private static long mode(Metadata metadata) {
    return metadata.permissions();
  }

  private static long id(long id) {
    return id <= OCTAL_ID_MAX ? id : 0;
  }

  private static void text(byte[] header, int at, Name name) {
    byte[] bytes = name.toBytes();
    System.arraycopy(bytes, 0, header, at, Math.min(bytes.length, TarFormat.NAME_BYTES));
  }

  private static void octal(byte[] header, int at, int length, long value) {
    long left = value;
    for (int i = at + length - 2; i >= at; i--) {
      header[i] = (byte) ('0' + (left & 7));
      left >>>= 3;
    }
  }

  // --- pax ---------------------------------------------------------------------------------------

  /** Everything that the header has no room for. */
  private static byte[] pax(
      ByteArrayOutputStream pax, Name name, Name link, long size, Metadata metadata) {
    long seconds = metadata.mtimeSeconds();
    if (metadata.mtimeNanos() != 0 || seconds < 0 || seconds > OCTAL_NUMBER_MAX) {
      record(pax, "mtime", time(seconds, metadata.mtimeNanos()));
    }
    if (metadata.uid() > OCTAL_ID_MAX) {
      record(pax, "uid", ascii(Long.toString(metadata.uid())));
    }
    if (metadata.gid() > OCTAL_ID_MAX) {
      record(pax, "gid", ascii(Long.toString(metadata.gid())));
    }
    if (size > OCTAL_NUMBER_MAX) {
      record(pax, "size", ascii(Long.toString(size)));
    }
    if (name.length() > TarFormat.NAME_BYTES) {
      record(pax, "path", name.toBytes());
    }
    if (link != null && link.length() > TarFormat.NAME_BYTES) {
      record(pax, "linkpath", link.toBytes());
    }
    for (Map.Entry<Name, byte[]> xattr : metadata.xattrs().entrySet()) {
      String key = TarFormat.XATTR + TarFormat.encoded(ascii(xattr.getKey()));
      record(pax, key, xattr.getValue());
    }
    return pax.toByteArray();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** A name whose bytes are the text's characters. */
  private static String ascii(Name name) {
    return new String(name.toBytes(), StandardCharsets.ISO_8859_1);
  }

  /** Seconds with nine decimals; -1 second and 1 nanosecond is -0.999999999. */
  private static byte[] time(long seconds, int nanos) {
    if (seconds >= 0 || nanos == 0) {
      return ascii(seconds + decimals(nanos));
    }
    String whole = seconds == -1 ? "-0" : Long.toString(seconds + 1);
    return ascii(whole + decimals(1_000_000_000 - nanos));
  }

  private static String decimals(int nanos) {
    return nanos == 0 ? "" : "." + Integer.toString(1_000_000_000 + nanos).substring(1);
  }

  /** A record is its own length in digits, a blank, KEY=VALUE and a newline. */
  private static void record(ByteArrayOutputStream pax, String key, byte[] value) {
    byte[] keyBytes = key.getBytes(StandardCharsets.ISO_8859_1);
    int rest = keyBytes.length + value.length + 3;
    int length = rest + 1;
    while (Integer.toString(length).length() + rest != length) {
      length = Integer.toString(length).length() + rest;
    }
    pax.writeBytes(ascii(length + " "));
    pax.writeBytes(keyBytes);
    pax.write('=');
    pax.writeBytes(value);
    pax.write('\n');
  }

  // --- bytes -------------------------------------------------------------------------------------

  @Override
  public void data(long offset, ByteBuffer bytes) throws IOException {
    written += bytes.remaining();
    if (bytes.remaining() > buffer.remaining()) {
      flush();
    }
    buffer.put(bytes.duplicate());
  }

  @Override
  public void hole(long offset, long length) throws IOException {
    if (!sparse) {
      zeros(length);
    }
  }

  private void zeros(long count) throws IOException {
    for (long left = count; left > 0; left -= ZEROS.length) {
      put(ZEROS, 0, (int) Math.min(left, ZEROS.length));
    }
  }

  private void put(byte[] bytes, int from, int length) throws IOException {
    for (int at = from; at < from + length; ) {
      if (!buffer.hasRemaining()) {
        flush();
      }
      int some = Math.min(buffer.remaining(), from + length - at);
      buffer.put(bytes, at, some);
      at += some;
    }
    written += length;
  }

  private void flush() throws IOException {
    buffer.flip();
    while (buffer.hasRemaining()) {
      out.write(buffer);
    }
    buffer.clear();
  }
}
