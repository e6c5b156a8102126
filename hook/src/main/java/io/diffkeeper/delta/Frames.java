package io.diffkeeper.delta;

import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdDictContentType;
import com.github.luben.zstd.ZstdException;
import java.nio.ByteBuffer;
import java.util.function.UnaryOperator;

/**
 * zstd for the codecs: its native contexts, with and without a base as raw dictionary. Frames carry
 * neither checksum nor length: what they decode to is verified by others, and its length known.
 */
final class Frames implements AutoCloseable {
  /** Lower levels do not look for matches in a dictionary thoroughly enough. */
  private static final int LEVEL = 3;

  /**
   * What is as short as that repeats by chance in a float's exponents: to write them by the
   * frequency of each takes an eighth less, and is read two and a half times as fast.
   */
  private static final int NUMBERS_MATCH_MIN = 7;

  private static final byte[] NO_BASE = {};

  private final ZstdCompressCtx compressor = context();
  private final ZstdCompressCtx numbersCompressor = preparedForNumbers(new ZstdCompressCtx());
  private final ZstdCompressCtx baseCompressor = context();
  private final ZstdDecompressCtx decompressor = new ZstdDecompressCtx();
  private final ZstdDecompressCtx baseDecompressor = new ZstdDecompressCtx();

  private static ZstdCompressCtx context() {
    return prepared(new ZstdCompressCtx());
  }

  private static ZstdCompressCtx prepared(ZstdCompressCtx context) {
    return context.setLevel(LEVEL).setContentSize(false).setChecksum(false);
  }

  private static ZstdCompressCtx preparedForNumbers(ZstdCompressCtx context) {
    return prepared(context).setMinMatch(NUMBERS_MATCH_MIN);
  }

  /** Compresses; false if the result is longer than what remains in the buffer. */
  boolean compress(ByteBuffer plain, ByteBuffer to) {
    return compress(compressor, Frames::prepared, plain, to);
  }

  /** The same for one byte of each of many numbers. */
  boolean compressNumbers(ByteBuffer plain, ByteBuffer to) {
    return compress(numbersCompressor, Frames::preparedForNumbers, plain, to);
  }

  boolean compress(ByteBuffer base, ByteBuffer plain, ByteBuffer to) {
    try {
      baseCompressor.loadDict(bytes(base), ZstdDictContentType.RAW_CONTENT);
      return compress(baseCompressor, Frames::prepared, plain, to);
    } finally {
      baseCompressor.loadDict(NO_BASE); // it would be kept in memory
    }
  }

  private static boolean compress(
      ZstdCompressCtx context,
      UnaryOperator<ZstdCompressCtx> preparation,
      ByteBuffer plain,
      ByteBuffer to) {
    try {
      int bytes =
          context.compressDirectByteBuffer(
              to, to.position(), to.remaining(), plain, plain.position(), plain.remaining());
      to.position(to.position() + bytes);
      return true;
    } catch (ZstdException tooSmall) {
      context.reset(); // it is in the middle of a frame
      preparation.apply(context);
      return false;
    }
  }

  /** Decompresses to exactly what remains in the buffer. */
  void decompress(ByteBuffer frame, ByteBuffer to) throws DeltaException {
    decompress(decompressor, frame, to);
  }

  void decompress(ByteBuffer base, ByteBuffer frame, ByteBuffer to) throws DeltaException {
    try {
      baseDecompressor.loadDict(bytes(base), ZstdDictContentType.RAW_CONTENT);
      decompress(baseDecompressor, frame, to);
    } finally {
      baseDecompressor.loadDict(NO_BASE);
    }
  }

  private static void decompress(ZstdDecompressCtx context, ByteBuffer frame, ByteBuffer to)
      throws DeltaException {
    try {
      int expected = to.remaining();
      int bytes =
          context.decompressDirectByteBuffer(
              to, to.position(), expected, frame, frame.position(), frame.remaining());
      if (bytes != expected) {
        throw new DeltaException("delta decodes to another length");
      }
      to.position(to.limit());
    } catch (ZstdException damaged) {
      throw new DeltaException("damaged zstd frame in a delta");
    }
  }

  private static byte[] bytes(ByteBuffer from) {
    byte[] bytes = new byte[from.remaining()];
    from.duplicate().get(bytes);
    return bytes;
  }

  @Override
  public void close() {
    compressor.close();
    numbersCompressor.close();
    baseCompressor.close();
    decompressor.close();
    baseDecompressor.close();
  }
}
