package io.diffkeeper.bench;

import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.keeper.NativeHashers;
import io.diffkeeper.store.Hasher;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * The least that a verified replay does, as a limit of what ours can reach on these processors:
 * decompress what is smaller by it, hash and write each piece from mapped memory, with all of them,
 * and nothing else.
 */
final class LeastWork implements AutoCloseable {
  private static final int LEVEL = 3;
  private static final int PIECE_BYTES = 64 << 10;
  private static final long RANGE_BYTES = 2L << 20;

  /** What is stored compressed is smaller by this part at least. */
  private static final int SAVED_PART = 8;

  private final Path live;
  private final List<Path> folders;
  private final List<Range> ranges = new ArrayList<>();

  private record Range(Path file, long start, List<Piece> pieces) {}

  /** What a piece is stored as: itself, if it is as long. */
  private record Piece(ByteBuffer stored, int bytes) {
    boolean isPacked() {
      return stored.limit() < bytes;
    }

    /** The same, read from where what is packed has been written to. */
    Piece from(ByteBuffer packed) {
      ByteBuffer there = packed.slice(packed.position(), stored.limit());
      packed.position(packed.position() + stored.limit());
      return new Piece(there, bytes);
    }

    /** What it holds, in that buffer if it is packed. */
    ByteBuffer plain(ZstdDecompressCtx decompressor, ByteBuffer buffer) {
      if (!isPacked()) {
        return stored.duplicate();
      }
      decompressor.decompressDirectByteBuffer(
          buffer, 0, buffer.capacity(), stored, 0, stored.limit());
      return buffer.duplicate().limit(bytes);
    }
  }

  /** Packs and maps the files beneath a directory. */
  LeastWork(Path live) throws IOException {
    this.live = live;
    try (Stream<Path> all = Files.walk(live)) {
      folders = all.filter(Files::isDirectory).map(live::relativize).toList();
    }
    Path packed = Files.createTempFile(live.getParent(), "packed", "");
    try (Stream<Path> all = Files.walk(live);
        FileChannel pack =
            FileChannel.open(packed, StandardOpenOption.READ, StandardOpenOption.WRITE);
        ZstdCompressCtx compressor = new ZstdCompressCtx().setLevel(LEVEL)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        add(live.relativize(file), file, pack, compressor);
      }
    } finally {
      Files.delete(packed);
    }
  }

  private void add(Path name, Path file, FileChannel pack, ZstdCompressCtx compressor)
      throws IOException {
    try (FileChannel in = FileChannel.open(file)) {
      for (long at = 0; at < in.size(); at += RANGE_BYTES) {
        long length = Math.min(RANGE_BYTES, in.size() - at);
        MappedByteBuffer plain = in.map(FileChannel.MapMode.READ_ONLY, at, length);
        plain.load();
        ranges.add(new Range(name, at, pack(plain, pack, compressor)));
      }
    }
  }

  private static List<Piece> pack(ByteBuffer plain, FileChannel pack, ZstdCompressCtx compressor)
      throws IOException {
    List<Piece> pieces = new ArrayList<>();
    long start = pack.size();
    for (int at = 0; at < plain.limit(); at += PIECE_BYTES) {
      ByteBuffer piece = plain.slice(at, Math.min(PIECE_BYTES, plain.limit() - at));
      ByteBuffer frame = compressor.compress(piece.duplicate());
      boolean smaller = frame.remaining() < piece.limit() - piece.limit() / SAVED_PART;
      ByteBuffer stored = smaller ? frame : piece;
      pieces.add(new Piece(stored, piece.limit()));
      if (smaller) {
        pack.write(frame.duplicate(), pack.size());
      }
    }
    MappedByteBuffer packed = pack.map(FileChannel.MapMode.READ_ONLY, start, pack.size() - start);
    packed.load();
    pieces.replaceAll(piece -> piece.isPacked() ? piece.from(packed) : piece);
    return pieces;
  }

  /** Writes the files beside the directory, and removes them. */
  Cost run() throws Exception {
    Path into = Files.createDirectory(live.resolveSibling("least"));
    Cost cost = run(into);
    Shell.same(live, into);
    Shell.remove(into);
    return cost;
  }

  private Cost run(Path into) throws Exception {
    int helpers = Math.min(Runtime.getRuntime().availableProcessors(), ranges.size()) - 1;
    AtomicInteger next = new AtomicInteger();
    Callable<Void> job =
        () -> {
          write(next, into);
          return null;
        };
    Cost.Running running = Cost.start();
    for (Path folder : folders) {
      Files.createDirectories(into.resolve(folder));
    }
    ExecutorService crew = Executors.newCachedThreadPool();
    try {
      List<Future<Void>> all = new ArrayList<>();
      for (int i = 0; i < helpers; i++) {
        all.add(crew.submit(job));
      }
      job.call();
      for (Future<Void> done : all) {
        done.get();
      }
    } finally {
      crew.shutdown();
    }
    return running.end();
  }

  private void write(AtomicInteger next, Path into) throws IOException {
    Hasher hasher = NativeHashers.of(HashAlgorithm.SHA256);
    ByteBuffer buffer = ByteBuffer.allocateDirect(hasher.together() * PIECE_BYTES);
    try (ZstdDecompressCtx decompressor = new ZstdDecompressCtx()) {
      for (int i = next.getAndIncrement(); i < ranges.size(); i = next.getAndIncrement()) {
        Range range = ranges.get(i);
        try (FileChannel out =
            FileChannel.open(
                into.resolve(range.file), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
          long at = range.start;
          for (int from = 0; from < range.pieces.size(); from += hasher.together()) {
            int to = Math.min(from + hasher.together(), range.pieces.size());
            List<ByteBuffer> plain = new ArrayList<>();
            for (Piece piece : range.pieces.subList(from, to)) {
              ByteBuffer place = buffer.slice(plain.size() * PIECE_BYTES, PIECE_BYTES);
              plain.add(piece.plain(decompressor, place));
            }
            hash(hasher, plain);
            for (ByteBuffer piece : plain) {
              at += out.write(piece, at);
            }
          }
        }
      }
    }
  }

  /** A file's last piece is by itself where it is shorter than the others. */
  private static void hash(Hasher hasher, List<ByteBuffer> plain) {
    int last = plain.size() - 1;
    int alike = plain.get(last).limit() == plain.get(0).limit() ? last + 1 : last;
    hasher.hash((byte) 0, plain.subList(0, alike));
    if (alike == last) {
      hasher.hash((byte) 0, plain.get(last));
    }
  }

  /** Has it unmapped now, and not while the memory of something else is measured. */
  @Override
  public void close() {
    ranges.clear();
    System.gc();
  }
}
