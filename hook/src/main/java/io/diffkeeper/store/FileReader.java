package io.diffkeeper.store;

import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Streams one file's verified bytes to a sink. */
final class FileReader implements ManifestReader.Visitor<IOException> {
  private final Objects objects;
  private final HashAlgorithm algorithm;
  private final Scratch scratch;
  private final ContentSink sink;
  private long holeStart;
  private long holeBytes; // not yet told to the sink, so that it gets each hole whole

  FileReader(Objects objects, HashAlgorithm algorithm, Scratch scratch, ContentSink sink) {
    this.objects = objects;
    this.algorithm = algorithm;
    this.scratch = scratch;
    this.sink = sink;
  }

  void read(Entry file) throws IOException {
    new ManifestReader(objects, algorithm, scratch).walk(file.content(), file.size(), this);
    endHole();
  }

  @Override
  public void leaf(long offset, int length, int holes, Digest digest, boolean loaded)
      throws IOException {
    if (digest == null) {
      hole(offset, length);
      return;
    }
    if (!loaded) {
      loadLeaf(objects, algorithm, digest, length, scratch);
    }
    ByteBuffer plain = scratch.plain();
    for (int from = 0; from < length; ) {
      boolean hole = isHole(holes, from);
      int to = from;
      while (to < length && isHole(holes, to) == hole) {
        to = Math.min(length, to + Manifest.PAGE_BYTES);
      }
      if (hole) {
        hole(offset + from, to - from);
      } else {
        endHole();
        sink.data(offset + from, plain.duplicate().limit(to).position(from));
      }
      from = to;
    }
  }

  /** Loads a leaf that a manifest says is that long. */
  static void loadLeaf(
      Objects objects, HashAlgorithm algorithm, Digest digest, int length, Scratch scratch) {
    Kind kind = objects.load(algorithm, digest, scratch);
    if (kind != Kind.LEAF || scratch.plain().remaining() != length) {
      throw new Damage(digest, "is not the leaf it should be");
    }
  }

  private static boolean isHole(int holes, int position) {
    return (holes >> position / Manifest.PAGE_BYTES & 1) != 0;
  }

  @Override
  public void hole(long offset, long length) {
    holeStart = holeBytes == 0 ? offset : holeStart;
    holeBytes += length;
  }

  private void endHole() throws IOException {
    if (holeBytes > 0) {
      long length = holeBytes;
      holeBytes = 0;
      sink.hole(holeStart, length);
    }
  }
}
