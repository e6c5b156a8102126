package io.diffkeeper.store;

import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Streams one file's verified bytes, or those of a range of it, to a sink. */
final class FileReader implements ManifestReader.Visitor<IOException> {
  private final Objects objects;
  private final Space space;
  private final Scratch scratch;
  private final ContentSink sink;
  private final long from;
  private final long to;
  private long holeStart;
  private long holeBytes; // not yet told to the sink, so that it gets each hole whole

  /**
   * A reader of the leaves that start in a range.
   *
   * @param from in bytes
   * @param to in bytes, exclusive
   */
  FileReader(Objects objects, Space space, Scratch scratch, ContentSink sink, long from, long to) {
    this.objects = objects;
    this.space = space;
    this.scratch = scratch;
    this.sink = sink;
    this.from = from;
    this.to = to;
  }

  void read(Entry file) throws IOException {
    new ManifestReader(objects, space, scratch).walk(file.content(), file.size(), this);
    endHole();
  }

  @Override
  public boolean block(long offset, Digest block) {
    // The last block may end behind the largest offset there is.
    return offset < to && offset > from - Manifest.BLOCK_SPAN_BYTES;
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
    if (!loaded) {
      loadLeaf(objects, space, digest, length, scratch);
    }
    ByteBuffer plain = scratch.plain();
    for (int start = 0; start < length; ) {
      boolean hole = isHole(holes, start);
      int end = start;
      while (end < length && isHole(holes, end) == hole) {
        end = Math.min(length, end + Manifest.PAGE_BYTES);
      }
      if (hole) {
        hole(offset + start, end - start);
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
  public void hole(long offset, long length) {
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
