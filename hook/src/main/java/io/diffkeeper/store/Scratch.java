package io.diffkeeper.store;

import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.Map;

/** The buffers and native contexts of one thread's reading or writing; kept for the next one. */
final class Scratch implements AutoCloseable {
  static final int ZSTD_LEVEL = 3;
  private static final int KEPT_BYTES_MAX = 1 << 20;

  private final Map<HashAlgorithm, Hasher> hashers = new EnumMap<>(HashAlgorithm.class);
  private final ZstdDecompressCtx decompressor = new ZstdDecompressCtx();
  private ZstdCompressCtx compressor;
  private ByteBuffer plain = ByteBuffer.allocateDirect(Manifest.LEAF_BYTES);
  private ByteBuffer packed = ByteBuffer.allocateDirect(0);
  private ByteBuffer arena = ByteBuffer.allocateDirect(0);

  Hasher hasher(HashAlgorithm algorithm) {
    return hashers.computeIfAbsent(algorithm, Hashers::create);
  }

  ZstdDecompressCtx decompressor() {
    return decompressor;
  }

  ZstdCompressCtx compressor() {
    if (compressor == null) {
      compressor = new ZstdCompressCtx().setLevel(ZSTD_LEVEL);
    }
    return compressor;
  }

  /** The buffer for plain bytes, empty, with that limit. */
  ByteBuffer plain(int bytes) {
    plain = ensure(plain, bytes);
    return plain.clear().limit(bytes);
  }

  /** What is in the buffer for plain bytes. */
  ByteBuffer plain() {
    return plain;
  }

  /** The buffer for compressed bytes, empty, with at least that capacity. */
  ByteBuffer packed(int bytes) {
    packed = ensure(packed, bytes);
    return packed.clear();
  }

  /** The buffer for objects that wait to be written; keeps its content when it grows. */
  ByteBuffer arena(int bytes) {
    if (arena.capacity() < bytes) {
      arena = ByteBuffer.allocateDirect(grown(arena, bytes)).put(arena.flip());
    }
    return arena;
  }

  private static ByteBuffer ensure(ByteBuffer buffer, int bytes) {
    return buffer.capacity() >= bytes ? buffer : ByteBuffer.allocateDirect(grown(buffer, bytes));
  }

  private static int grown(ByteBuffer buffer, int bytes) {
    return (int) Math.max(bytes, Math.min(2L * buffer.capacity(), 1 << 30));
  }

  /** Gives back what a single large directory needed. */
  void trim() {
    plain =
        plain.capacity() > KEPT_BYTES_MAX ? ByteBuffer.allocateDirect(Manifest.LEAF_BYTES) : plain;
    packed = packed.capacity() > KEPT_BYTES_MAX ? ByteBuffer.allocateDirect(0) : packed;
    arena = arena.capacity() > Pending.BYTES_MAX ? ByteBuffer.allocateDirect(0) : arena.clear();
  }

  @Override
  public void close() {
    decompressor.close();
    if (compressor != null) {
      compressor.close();
    }
  }
}
