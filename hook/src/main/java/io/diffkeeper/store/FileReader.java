package io.diffkeeper.store;

import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Streams one file's verified bytes, or those of a range of it, to a sink. Full leaves are read and
 * verified a few at a time, as many as are hashed fastest, and handed on.
 */
final class FileReader implements ManifestReader.Visitor<IOException> {
  /** So many are handed on at once: they fit into a processor's own cache. */
  private static final int RUN_LEAVES = ContentSink.BYTES_MAX / Manifest.LEAF_BYTES;

  private final Objects objects;
  private final Hasher hasher;
  private final Space space;
  private final Scratch scratch;
  private final ContentSink sink;
  private final long from;
  private final long to;
  private long holeStart;
  private final List<Digest> run = new ArrayList<>();
  private long runStart;
  private long holeBytes; // not yet told to the sink, so that it gets each hole whole

  /**
   * A reader of the leaves that start in a range.
   *
   * @param from in bytes
   * @param to in bytes, exclusive
   */
  FileReader(Objects objects, Space space, Scratch scratch, ContentSink sink, long from, long to) {
    this.objects = objects;
    this.hasher = scratch.hasher(space.hash());
    this.space = space;
    this.scratch = scratch;
    this.sink = sink;
    this.from = from;
    this.to = to;
  }

  void read(Entry file) throws IOException {
    new ManifestReader(objects, space, scratch).walk(file.content(), file.size(), this);
    endRun();
    endHole();
  }

  @Override
  public boolean block(long offset, Digest block) {
    // The last block may end behind the largest offset there is.
    return offset < to && offset > from - Manifest.BLOCK_SPAN_BYTES;
  }

  @Override
  public void dense(long offset, long length) {
    long start = Math.max(offset, from);
    long end = Math.min(offset + length, to);
    if (start < end) {
      sink.dataFollows(start, end - start);
    }
  }

  @Override
  public void leaf(long offset, int length, int holes, Digest digest, boolean loaded)
      throws IOException {
    if (offset < from || offset >= to) {
      return;
    }
    if (digest == null) {
      hole(offset, length);
      return;
    }
    if (!loaded && length == Manifest.LEAF_BYTES && holes == 0) {
      runStart = run.isEmpty() ? offset : runStart;
      run.add(digest);
      if (run.size() == Math.max(RUN_LEAVES, hasher.together())) {
        endRun();
      }
      return;
    }
    endRun();
    if (!loaded) {
      loadLeaf(objects, space, digest, length, scratch);
    }
    tell(offset, length, holes, scratch.plain());
  }

  /** Reads, verifies and hands on the full leaves that wait. */
  private void endRun() throws IOException {
    if (run.isEmpty()) {
      return;
    }
    List<Digest> leaves = List.copyOf(run);
    run.clear();
    ByteBuffer bytes = scratch.run(leaves.size() * Manifest.LEAF_BYTES);
    objects.loadUnverified(space, leaves, bytes, scratch);
    verify(leaves, bytes);
    endHole();
    for (int at = 0; at < bytes.limit(); at += ContentSink.BYTES_MAX) {
      int length = Math.min(ContentSink.BYTES_MAX, bytes.limit() - at);
      sink.data(runStart + at, bytes.slice(at, length));
    }
  }

  private void verify(List<Digest> leaves, ByteBuffer bytes) {
    int together = hasher.together();
    for (int from = 0; from < leaves.size(); from += together) {
      List<ByteBuffer> plain = new ArrayList<>(together);
      for (int i = from; i < Math.min(from + together, leaves.size()); i++) {
        plain.add(bytes.slice(i * Manifest.LEAF_BYTES, Manifest.LEAF_BYTES));
      }
      List<Digest> found = hasher.hash(Kind.LEAF.code(), plain);
      for (int i = 0; i < found.size(); i++) {
        objects.verify(space, leaves.get(from + i), found.get(i));
      }
    }
  }

  /** Hands a verified leaf on, page by page where it has holes. */
  private void tell(long offset, int length, int holes, ByteBuffer plain) throws IOException {
    for (int start = 0; start < length; ) {
      boolean hole = isHole(holes, start);
      int end = start;
      while (end < length && isHole(holes, end) == hole) {
        end = Math.min(length, end + Manifest.PAGE_BYTES);
      }
      if (hole) {
        addHole(offset + start, end - start);
      } else {
        endHole();
        sink.data(offset + start, plain.duplicate().limit(end).position(start));
      }
      start = end;
    }
  }

  /** Loads a leaf that a manifest says is that long. */
  static void loadLeaf(Objects objects, Space space, Digest digest, int length, Scratch scratch) {
    Kind kind = objects.load(space, digest, scratch);
    if (kind != Kind.LEAF || scratch.plain().remaining() != length) {
      throw new Damage(digest, "is not the leaf it should be");
    }
  }

  private static boolean isHole(int holes, int position) {
    return (holes >> position / Manifest.PAGE_BYTES & 1) != 0;
  }

  @Override
  public void hole(long offset, long length) throws IOException {
    endRun();
    addHole(offset, length);
  }

  private void addHole(long offset, long length) {
    long start = Math.max(offset, from);
    long end = Math.min(offset + length, to);
    if (start < end) {
      holeStart = holeBytes == 0 ? start : holeStart;
      holeBytes += end - start;
    }
  }

  private void endHole() throws IOException {
    if (holeBytes > 0) {
      long length = holeBytes;
      holeBytes = 0;
      sink.hole(holeStart, length);
    }
  }
}
