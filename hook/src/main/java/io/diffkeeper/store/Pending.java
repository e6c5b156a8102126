package io.diffkeeper.store;

import com.github.luben.zstd.Zstd;
import io.diffkeeper.tree.Digest;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.lmdbjava.PutFlags;
import org.lmdbjava.Txn;

/** New objects in their stored form, waiting for the next transaction of their writer. */
final class Pending {
  /** No more than this waits, unless a single object is larger. */
  static final int BYTES_MAX = 8 << 20;

  /** Compression has to save at least this part, or reading is not slowed down for it. */
  private static final int SAVING_PART = 16;

  private final Objects objects;
  private final HashAlgorithm algorithm;
  private final Scratch scratch;
  private final Map<Digest, Integer> ends = new LinkedHashMap<>();
  private int bytes;

  Pending(Objects objects, HashAlgorithm algorithm, Scratch scratch) {
    this.objects = objects;
    this.algorithm = algorithm;
    this.scratch = scratch;
  }

  boolean has(Digest digest) {
    return ends.containsKey(digest);
  }

  boolean isEmpty() {
    return ends.isEmpty();
  }

  /** Whether an object of that plain length may make it too much. */
  boolean isFullFor(int plainBytes) {
    return bytes > 0 && (long) bytes + Objects.HEADER_BYTES + plainBytes > BYTES_MAX;
  }

  void add(Kind kind, Digest digest, ByteBuffer plain) {
    int length = plain.remaining();
    ByteBuffer packed = scratch.packed(Math.toIntExact(Zstd.compressBound(length)));
    int size =
        scratch
            .compressor()
            .compressDirectByteBuffer(
                packed, 0, packed.capacity(), plain, plain.position(), length);
    boolean smaller = size < length - length / SAVING_PART;
    ByteBuffer stored = smaller ? packed.limit(size) : plain.duplicate();
    int end = Math.addExact(bytes, Objects.HEADER_BYTES + stored.remaining());
    ByteBuffer arena = scratch.arena(end);
    arena.limit(end).position(bytes);
    arena.put(kind.code()).put(smaller ? Objects.ZSTD : Objects.PLAIN).putInt(length).put(stored);
    ends.put(digest, end);
    bytes = end;
  }

  /** Puts all of them; what another writer has put meanwhile counts as nothing. */
  long put(Txn<ByteBuffer> txn) {
    long stored = 0;
    int start = 0;
    ByteBuffer arena = scratch.arena(0).duplicate();
    for (Map.Entry<Digest, Integer> object : ends.entrySet()) {
      int end = object.getValue();
      arena.limit(end).position(start);
      ByteBuffer key = objects.key(algorithm, object.getKey());
      boolean put = objects.dbi().put(txn, key, arena, PutFlags.MDB_NOOVERWRITE);
      stored += put ? end - start : 0;
      start = end;
    }
    return stored;
  }

  void clear() {
    ends.clear();
    bytes = 0;
    scratch.arena(0).clear();
  }
}
