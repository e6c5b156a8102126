package io.diffkeeper.store;

import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Streams one file's verified bytes, or those of a range of it, to a sink. Full leaves are read and
 * handed on a few at a time, and verified two at a time where that is faster.
 */
final class FileReader implements ManifestReader.Visitor<IOException> {
  /** So many are written at once: they fit into a processor's own cache. */
  private static final int RUN_LEAVES = ContentSink.BYTES_MAX / Manifest.LEAF_BYTES;

  private final Objects objects;
  private final Hasher hasher;
  private final Space space;
  private final Scratch scratch;
  private final ContentSink sink;
  private final long from;
  private final long to;
  private long holeStart;
  private final List<Digest> run = new ArrayList<>(RUN_LEAVES);
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
      if (run.size() == RUN_LEAVES) {
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
    for (int i = 0; i < leaves.size(); ) {
      ByteBuffer one = bytes.slice(i * Manifest.LEAF_BYTES, Manifest.LEAF_BYTES);
      if (i + 1 == leaves.size() || !hasher.prefersPairs()) {
        objects.verify(space, leaves.get(i++), hasher.hash(Kind.LEAF.code(), one));
      } else {
        ByteBuffer two = bytes.slice((i + 1) * Manifest.LEAF_BYTES, Manifest.LEAF_BYTES);
        List<Digest> both = hasher.hash(Kind.LEAF.code(), one, two);
        objects.verify(space, leaves.get(i++), both.get(0));
        objects.verify(space, leaves.get(i++), both.get(1));
      }
    }
    endHole();
    sink.data(runStart, bytes);
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
