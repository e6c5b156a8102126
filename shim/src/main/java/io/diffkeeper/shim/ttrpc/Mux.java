package io.diffkeeper.shim.ttrpc;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;

/**
 * Several logical connections over one stream, as NRI has them (pkg/net/multiplex). A frame:
 *
 * <pre>
 *   u32 connection │ u32 length │ length bytes        both big-endian
 * </pre>
 *
 * <p>Any number of threads may send; one reads. The channel is its owner's to close.
 */
public final class Mux {
  /** Longest payload that is read: one ttrpc message. */
  static final int READ_BYTES_MAX = Message.HEADER_BYTES + Message.PAYLOAD_BYTES_MAX;

  /** Longest payload that is sent: a Go reader fails on what exceeds its buffer. */
  static final int WRITE_BYTES_MAX = 4096;

  private static final int HEADER_BYTES = 8;

  private final ByteChannel trunk;
  private final ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);

  /**
   * What came.
   *
   * @param connection the logical connection, from 1
   * @param payload any part of what is sent over it
   */
  record Frame(int connection, byte[] payload) {}

  /** Multiplexes a channel in blocking mode. */
  public Mux(ByteChannel trunk) {
    this.trunk = trunk;
  }

  /** Sends bytes over a logical connection, in as many frames as that takes. */
  synchronized void send(int connection, byte[] bytes) throws IOException {
    for (int at = 0; at < bytes.length; at += WRITE_BYTES_MAX) {
      int length = Math.min(WRITE_BYTES_MAX, bytes.length - at);
      ByteBuffer frame = ByteBuffer.allocate(HEADER_BYTES + length);
      frame.putInt(connection).putInt(length).put(bytes, at, length).flip();
      while (frame.hasRemaining()) {
        trunk.write(frame);
      }
    }
  }

  /**
   * Waits for the next frame.
   *
   * @return null at the stream's end
   * @throws IOException if the stream ends in a frame, or one is too long
   */
  Frame receive() throws IOException {
    header.clear();
    if (trunk.read(header) < 0) {
      return null;
    }
    fill(header);
    int connection = header.flip().getInt();
    int length = header.getInt();
    if (length < 0 || length > READ_BYTES_MAX) {
      throw new IOException("a frame of " + Integer.toUnsignedString(length) + " bytes");
    }
    ByteBuffer payload = ByteBuffer.allocate(length);
    fill(payload);
    return new Frame(connection, payload.array());
  }

  private void fill(ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      if (trunk.read(buffer) < 0) {
        throw new EOFException("the stream ends in a frame");
      }
    }
  }
}
