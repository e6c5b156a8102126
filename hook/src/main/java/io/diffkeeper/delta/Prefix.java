package io.diffkeeper.delta;

import java.nio.ByteBuffer;

/** The target as a zstd frame that may refer to the base: finds what has moved, too. */
final class Prefix implements DeltaCodec {
  private final Frames frames;

  Prefix(Frames frames) {
    this.frames = frames;
  }

  @Override
  public boolean diff(ByteBuffer base, ByteBuffer target, ByteBuffer delta) {
    return frames.compress(base, target, delta);
  }

  @Override
  public void apply(ByteBuffer base, ByteBuffer delta, ByteBuffer target) throws DeltaException {
    frames.decompress(base, delta, target.duplicate());
  }
}
