package io.diffkeeper.shim.ttrpc;

import java.nio.ByteBuffer;

/**
 * One ttrpc message (PROTOCOL.md of containerd/ttrpc).
 *
 * <pre>
 *   u32 length │ u32 stream │ u8 type │ u8 flags │ length bytes        big-endian
 * </pre>
 *
 * @param stream the call: odd, chosen by the client
 * @param type {@link #REQUEST} or {@link #RESPONSE}; others are of streams, which NRI has none of
 * @param payload a Request or a Response
 */
record Message(int stream, byte type, byte[] payload) {
  static final int HEADER_BYTES = 10;
  static final int PAYLOAD_BYTES_MAX = 4 << 20;
  static final byte REQUEST = 1;
  static final byte RESPONSE = 2;

  byte[] encoded() {
    return ByteBuffer.allocate(HEADER_BYTES + payload.length)
        .putInt(payload.length)
        .putInt(stream)
        .put(type)
        .put((byte) 0)
        .put(payload)
        .array();
  }
}
