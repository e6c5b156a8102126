package io.diffkeeper.store;

import io.diffkeeper.tree.Name;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.zip.CRC32C;

/** The field types of records: big-endian integers, texts with a u16 length, a final checksum. */
final class Fields {
  /** Bytes of the checksum that ends a record. */
  static final int CHECKSUM_BYTES = Integer.BYTES;

  private static final int FIXED_FIELDS_BYTES_MAX = 256;
  private static final int UTF8_BYTES_PER_CHAR_MAX = 3;

  private Fields() {}

  /** A buffer for a record with those texts, and room for its other fields. */
  static ByteBuffer record(Collection<String> texts) {
    return record(texts, 0);
  }

  /** The same with room for so many bytes more. */
  static ByteBuffer record(Collection<String> texts, int more) {
    int bytes = FIXED_FIELDS_BYTES_MAX + more;
    for (String text : texts) {
      bytes += textBytesMax(text);
    }
    return ByteBuffer.allocateDirect(bytes);
  }

  /** How many bytes {@link #putText} takes, at most. */
  static int textBytesMax(String text) {
    return Short.BYTES + UTF8_BYTES_PER_CHAR_MAX * text.length();
  }

  static void putText(ByteBuffer to, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > 0xffff) {
      throw new IllegalArgumentException("text longer than 65535 bytes");
    }
    to.putShort((short) bytes.length).put(bytes);
  }

  static String text(ByteBuffer from) {
    byte[] bytes = new byte[from.getShort() & 0xffff];
    from.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  static void putName(ByteBuffer to, Name name) {
    to.putShort((short) name.length()).put(name.toBytes());
  }

  static Name name(ByteBuffer from) {
    int length = from.getShort() & 0xffff;
    if (length > from.remaining()) {
      throw new BufferUnderflowException();
    }
    return Name.read(from, length);
  }

  /** Ends the record with the checksum over its key and itself, and flips it. */
  static ByteBuffer seal(ByteBuffer key, ByteBuffer value) {
    int crc = crc(key, value.duplicate().flip());
    return value.putInt(crc).flip();
  }

  /** Checks the checksum; the record's fields are then between position and limit. */
  static boolean unseal(ByteBuffer key, ByteBuffer value) {
    int end = value.limit() - CHECKSUM_BYTES;
    if (end < value.position()) {
      return false;
    }
    int crc = value.getInt(end);
    value.limit(end);
    return crc == crc(key, value);
  }

  private static int crc(ByteBuffer key, ByteBuffer value) {
    CRC32C crc = new CRC32C();
    crc.update(key.duplicate());
    crc.update(value.duplicate());
    return (int) crc.getValue();
  }

  /** Fails unless the record ends here. */
  static void end(ByteBuffer from) {
    if (from.hasRemaining()) {
      throw new BufferUnderflowException();
    }
  }
}
