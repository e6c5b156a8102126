package io.diffkeeper.store;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import java.nio.ByteBuffer;
import java.util.List;
import org.lmdbjava.Dbi;

/**
 * Objects as they are stored.
 *
 * <pre>
 * key    u8 algorithm │ digest[32] of (u8 kind │ plain bytes)
 * value  u8 kind │ u8 encoding: 0 plain, 1 zstd │ u32 plain length │ bytes
 * </pre>
 */
final class Objects {
  static final int KEY_BYTES = 1 + Digest.BYTES;
  static final int HEADER_BYTES = 6;
  static final byte PLAIN = 0;
  static final byte ZSTD = 1;

  private final Environment environment;
  private final Dbi<ByteBuffer> dbi;
  private final ThreadLocal<ByteBuffer> keys =
      ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(KEY_BYTES));

  Objects(Environment environment) {
    this.environment = environment;
    this.dbi = environment.dbi(Environment.OBJECTS);
  }

  Dbi<ByteBuffer> dbi() {
    return dbi;
  }

  /** The key; valid until the thread asks for another. */
  ByteBuffer key(HashAlgorithm algorithm, Digest digest) {
    ByteBuffer key = keys.get().clear().put(algorithm.code());
    digest.write(key);
    return key.flip();
  }

  boolean has(HashAlgorithm algorithm, Digest digest) {
    return environment.read(txn -> dbi.get(txn, key(algorithm, digest)) != null);
  }

  /**
   * Reads an object into {@link Scratch#plain()} and verifies it.
   *
   * @return its kind
   * @throws Damage if it is missing or damaged
   */
  Kind load(HashAlgorithm algorithm, Digest digest, Scratch scratch) {
    Kind kind =
        environment.read(
            txn -> {
              ByteBuffer value = dbi.get(txn, key(algorithm, digest));
              return value == null ? null : decode(value, scratch);
            });
    boolean sound =
        kind != null && scratch.hasher(algorithm).hash(kind.code(), scratch.plain()).equals(digest);
    if (!sound) {
      throw new Damage(digest, has(algorithm, digest) ? "is damaged" : "is missing");
    }
    return kind;
  }

  /** The entries of a directory or root. */
  List<Entry> directory(HashAlgorithm algorithm, Digest digest, Scratch scratch) {
    Kind kind = load(algorithm, digest, scratch);
    boolean isDirectory = kind == Kind.DIRECTORY || kind == Kind.ROOT;
    List<Entry> entries = isDirectory ? Directories.decode(kind, scratch.plain()) : null;
    if (entries == null) {
      throw new Damage(digest, "is not the directory it should be");
    }
    return entries;
  }

  /** Decodes a value into {@link Scratch#plain()}; null if it cannot be decoded. */
  static Kind decode(ByteBuffer value, Scratch scratch) {
    if (value.remaining() < HEADER_BYTES) {
      return null;
    }
    Kind kind = Kind.of(value.get());
    byte encoding = value.get();
    int length = value.getInt();
    if (kind == null || length < 0 || length > kind.bytesMax()) {
      return null;
    }
    int packed = value.remaining();
    if (encoding == PLAIN && packed == length) {
      scratch.plain(length).put(value).flip();
      return kind;
    }
    // The frame's own length has to agree, so that a damaged length cannot ask for any memory.
    boolean sound =
        encoding == ZSTD
            && Zstd.getDirectByteBufferFrameContentSize(value, value.position(), packed) == length;
    return sound && inflate(value, scratch.plain(length), scratch) ? kind : null;
  }

  private static boolean inflate(ByteBuffer value, ByteBuffer plain, Scratch scratch) {
    try {
      int length = plain.limit();
      return scratch
              .decompressor()
              .decompressDirectByteBuffer(
                  plain, 0, length, value, value.position(), value.remaining())
          == length;
    } catch (ZstdException damaged) {
      return false;
    }
  }
}
