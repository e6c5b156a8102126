package io.diffkeeper.bench;

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
import java.util.stream.Stream;

/**
 * The least that a verified replay does, as a limit of what ours can reach on these processors:
 * hash and write each piece from mapped memory, with all of them, and nothing else.
 */
final class LeastWork implements AutoCloseable {
  private static final int PIECE_BYTES = 64 << 10;
  private static final long RANGE_BYTES = 2L << 20;

  private final List<Range> ranges = new ArrayList<>();

  private record Range(String name, long start, ByteBuffer bytes) {}

  /** Maps the files beneath a directory. */
  LeastWork(Path live) throws IOException {
    try (Stream<Path> files = Files.walk(live)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        try (FileChannel in = FileChannel.open(file)) {
          for (long at = 0; at < in.size(); at += RANGE_BYTES) {
            long length = Math.min(RANGE_BYTES, in.size() - at);
            MappedByteBuffer mapped = in.map(FileChannel.MapMode.READ_ONLY, at, length);
            mapped.load();
            ranges.add(new Range(file.getFileName().toString(), at, mapped));
          }
        }
      }
    }
  }

  /** Writes the files into a directory, flat. */
  Cost run(Path into) throws Exception {
    int threads = Runtime.getRuntime().availableProcessors();
    Cost.Running running = Cost.start();
    ExecutorService crew = Executors.newFixedThreadPool(threads);
    try {
      List<Callable<Void>> jobs = new ArrayList<>();
      for (Range range : ranges) {
        jobs.add(
            () -> {
              write(range, into.resolve(range.name));
              return null;
            });
      }
      for (Future<Void> done : crew.invokeAll(jobs)) {
        done.get();
      }
    } finally {
      crew.shutdown();
    }
    return running.end();
  }

  private static void write(Range range, Path file) throws IOException {
    Hasher hasher = NativeHashers.of(HashAlgorithm.SHA256);
    try (FileChannel out =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      int length = range.bytes.limit();
      for (int at = 0; at < length; at += PIECE_BYTES) {
        int bytes = Math.min(PIECE_BYTES, length - at);
        hasher.hash((byte) 0, range.bytes.slice(at, bytes));
        out.write(range.bytes.slice(at, bytes), range.start + at);
      }
    }
  }

  /** Has it unmapped now, and not while the memory of something else is measured. */
  @Override
  public void close() {
    ranges.clear();
    System.gc();
  }
}
