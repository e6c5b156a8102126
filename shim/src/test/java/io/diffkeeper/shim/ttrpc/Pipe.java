package io.diffkeeper.shim.ttrpc;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;

/** A channel that delivers given bytes, in parts, and keeps what is written. */
final class Pipe implements ByteChannel {
  private final ByteBuffer in;
  private final int part;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  Pipe(byte... in) {
    this(in, Integer.MAX_VALUE);
  }

  /** Delivers at most {@code part} bytes at once. */
  Pipe(byte[] in, int part) {
    this.in = ByteBuffer.wrap(in);
    this.part = part;
  }

  byte[] written() {
    return out.toByteArray();
  }

  @Override
  public int read(ByteBuffer to) {
    if (!in.hasRemaining()) {
      return -1;
    }
    int length = Math.min(part, Math.min(in.remaining(), to.remaining()));
    to.put(in.slice().limit(length));
    in.position(in.position() + length);
    return length;
  }

  @Override
  public int write(ByteBuffer from) {
    byte[] bytes = new byte[from.remaining()];
    from.get(bytes);
    out.writeBytes(bytes);
    return bytes.length;
  }

  @Override
  public boolean isOpen() {
    return true;
  }

  @Override
  public void close() {
    // There is nothing to give back.
  }
}
