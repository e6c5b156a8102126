package io.diffkeeper.shim.ttrpc;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/** Puts messages together from the parts that a logical connection delivers. Not thread-safe. */
final class Assembler {
  private static final int BYTES_MIN = 4096;

  /** Between its position and its limit is what no message has been made of yet. */
  private ByteBuffer received = ByteBuffer.allocate(BYTES_MIN).flip();

  /** Takes a part. */
  void add(byte[] part) {
    int length = received.remaining() + part.length;
    if (received.capacity() < length) {
      int capacity = Math.max(length, 2 * received.capacity());
      received = ByteBuffer.allocate(capacity).put(received).put(part).flip();
    } else {
      received.compact().put(part).flip();
    }
  }

  /**
   * The next message that is there whole.
   *
   * @throws IOException if it says that it is longer than messages may be
   */
  Optional<Message> next() throws IOException {
    if (received.remaining() < Message.HEADER_BYTES) {
      return Optional.empty();
    }
    int at = received.position();
    int length = received.getInt(at);
    if (length < 0 || length > Message.PAYLOAD_BYTES_MAX) {
      throw new IOException("a message of " + Integer.toUnsignedString(length) + " bytes");
    }
    if (received.remaining() < Message.HEADER_BYTES + length) {
      return Optional.empty();
    }
    byte[] payload = new byte[length];
    int stream = received.getInt(at + Integer.BYTES);
    byte type = received.get(at + 2 * Integer.BYTES);
    received.position(at + Message.HEADER_BYTES).get(payload);
    return Optional.of(new Message(stream, type, payload));
  }
}
