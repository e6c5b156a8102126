package io.diffkeeper.store;

import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Streams one file's verified bytes, or those of a range of it, to a sink. Full leaves are verified
 * two at a time where that is faster: until then the first one waits.
 */
final class FileReader implements ManifestReader.Visitor<IOException> {
  private final Objects objects;
  private final Hasher hasher;
  private final Space space;
  private final Scratch scratch;
  private final ContentSink sink;
  private final long from;
  private final long to;
  private long holeStart;
  private Waiting waiting; // its bytes are what the scratch keeps
  private long holeBytes; // not yet told to the sink, so that it gets each hole whole

  /** A full leaf that has been read, and not been verified yet. */
  private record Waiting(long offset, int holes, Digest digest) {}

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
    endWaiting();
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
    if (!loaded && length == Manifest.LEAF_BYTES && hasher.prefersPairs()) {
      full(new Waiting(offset, holes, digest));
      return;
    }
    endWaiting();
    if (!loaded) {
      loadLeaf(objects, space, digest, length, scratch);
    }
    tell(offset, length, holes, scratch.plain());
  }

  private void full(Waiting leaf) throws IOException {
    Kind kind = objects.loadUnverified(space, leaf.digest, scratch);
    requireLeaf(kind, leaf.digest, Manifest.LEAF_BYTES, scratch);
    Waiting first = waiting;
    if (first == null) {
      scratch.keep();
      waiting = leaf;
      return;
    }
    waiting = null;
    List<Digest> both = hasher.hash(Kind.LEAF.code(), scratch.kept(), scratch.plain());
    objects.verify(space, first.digest, both.get(0));
    tell(first.offset, Manifest.LEAF_BYTES, first.holes, scratch.kept());
    objects.verify(space, leaf.digest, both.get(1));
    tell(leaf.offset, Manifest.LEAF_BYTES, leaf.holes, scratch.plain());
  }

  /** Verifies the leaf that waits by itself, if there is one. */
  private void endWaiting() throws IOException {
    if (waiting != null) {
      Waiting leaf = waiting;
      waiting = null;
      objects.verify(space, leaf.digest, hasher.hash(Kind.LEAF.code(), scratch.kept()));
      tell(leaf.offset, Manifest.LEAF_BYTES, leaf.holes, scratch.kept());
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
    requireLeaf(objects.load(space, digest, scratch), digest, length, scratch);
  }

  private static void requireLeaf(Kind kind, Digest digest, int length, Scratch scratch) {
    if (kind != Kind.LEAF || scratch.plain().remaining() != length) {
      throw new Damage(digest, "is not the leaf it should be");
    }
  }

  private static boolean isHole(int holes, int position) {
    return (holes >> position / Manifest.PAGE_BYTES & 1) != 0;
  }

  @Override
  public void hole(long offset, long length) throws IOException {
    endWaiting();
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
