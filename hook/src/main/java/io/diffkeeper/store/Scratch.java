package io.diffkeeper.store;

import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.delta.DeltaCodecs;
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
  private final DeltaCodecs codecs = new DeltaCodecs();
  private Fingerprinter fingerprinter;
  private boolean fingerprinterMade;
  private final ByteBuffer packKey = ByteBuffer.allocateDirect(Long.BYTES);
  private Blocks.Block block;
  private ByteBuffer plain = ByteBuffer.allocateDirect(Manifest.LEAF_BYTES);
  private ByteBuffer other = ByteBuffer.allocateDirect(0);
  private ByteBuffer run = ByteBuffer.allocateDirect(0);
  private ByteBuffer content = ByteBuffer.allocateDirect(0);
  private ByteBuffer held = ByteBuffer.allocateDirect(0);
  private ByteBuffer delta = ByteBuffer.allocateDirect(0);
  private ByteBuffer packed = ByteBuffer.allocateDirect(0);
  private ByteBuffer arena = ByteBuffer.allocateDirect(0);

  Hasher hasher(HashAlgorithm algorithm) {
    return hashers.computeIfAbsent(algorithm, Hashers::create);
  }

  /** May be null: where nothing is faster than a hasher. */
  Fingerprinter fingerprinter() {
    if (!fingerprinterMade) {
      fingerprinter = Hashers.fingerprinter();
      fingerprinterMade = true;
    }
    return fingerprinter;
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

  /** Has another buffer be the one for plain bytes; gives the one that it was. */
  ByteBuffer decodeInto(ByteBuffer into) {
    ByteBuffer before = plain;
    plain = into;
    return before;
  }

  /** The buffer for leaves that follow each other, empty, with that limit; reading leaves it. */
  ByteBuffer run(int bytes) {
    run = ensure(run, bytes);
    return run.clear().limit(bytes);
  }

  /** Makes what is in the buffer for plain bytes the {@link #other()}. */
  void swap() {
    ByteBuffer swapped = plain;
    plain = other;
    other = swapped;
  }

  /** What was in the buffer for plain bytes before the last {@link #swap}. */
  ByteBuffer other() {
    return other;
  }

  /** The buffer for what is to be stored, empty, with that limit; reading objects leaves it. */
  ByteBuffer content(int bytes) {
    content = ensure(content, bytes);
    return content.clear().limit(bytes);
  }

  /** Has what is in the buffer for what is to be stored stay until the next one is held. */
  void hold() {
    ByteBuffer swapped = content;
    content = held;
    held = swapped;
  }

  /** The buffer for a delta, empty, with that limit. */
  ByteBuffer delta(int bytes) {
    delta = ensure(delta, bytes);
    return delta.clear().limit(bytes);
  }

  DeltaCodecs codecs() {
    return codecs;
  }

  /** The pack that was read last; may be null. */
  Blocks.Block block() {
    return block;
  }

  /** Takes over the holding of a pack, and ends that of the one before. */
  void hold(Blocks.Block next) {
    letGo();
    block = next;
  }

  private void letGo() {
    if (block != null) {
      block.release();
      block = null;
    }
  }

  /** The key of a pack; valid until another one is asked for. */
  ByteBuffer packKey(long number) {
    return packKey.putLong(0, number);
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

  /** Gives back what a single large directory needed, and the pack that was read. */
  void trim() {
    letGo();
    plain =
        plain.capacity() > KEPT_BYTES_MAX ? ByteBuffer.allocateDirect(Manifest.LEAF_BYTES) : plain;
    other = other.capacity() > KEPT_BYTES_MAX ? ByteBuffer.allocateDirect(0) : other;
    content = content.capacity() > KEPT_BYTES_MAX ? ByteBuffer.allocateDirect(0) : content;
    packed = packed.capacity() > KEPT_BYTES_MAX ? ByteBuffer.allocateDirect(0) : packed;
    arena = arena.capacity() > Pending.BYTES_MAX ? ByteBuffer.allocateDirect(0) : arena.clear();
  }

  @Override
  public void close() {
    letGo();
    decompressor.close();
    codecs.close();
    if (fingerprinter != null) {
      fingerprinter.close();
    }
    if (compressor != null) {
      compressor.close();
    }
  }
}
