package io.diffkeeper.tree;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;

/** A 256-bit digest (SHA-256 or BLAKE3; the state says which). Immutable. */
public final class Digest implements Comparable<Digest> {
  /** Length of every digest, in bytes. */
  public static final int BYTES = 32;

  private final byte[] bytes;

  private Digest(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * Copies a digest.
   *
   * @param bytes exactly {@link #BYTES} long
   * @throws IllegalArgumentException for any other length
   */
  public static Digest of(byte[] bytes) {
    if (bytes.length != BYTES) {
      throw new IllegalArgumentException("a digest has 32 bytes, not " + bytes.length);
    }
    return new Digest(bytes.clone());
  }

  /** Reads {@link #BYTES} bytes from the buffer's position on, and advances it. */
  public static Digest read(ByteBuffer from) {
    byte[] bytes = new byte[BYTES];
    from.get(bytes);
    return new Digest(bytes);
  }

  /** Writes the {@link #BYTES} bytes at the buffer's position, and advances it. */
  public void write(ByteBuffer to) {
    to.put(bytes);
  }

  /** A copy of the bytes. */
  public byte[] toBytes() {
    return bytes.clone();
  }

  /** The first 12 hexadecimal digits, as shown to people. */
  public String abbreviated() {
    return toString().substring(0, 12);
  }

  @Override
  public int compareTo(Digest other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Digest digest && Arrays.equals(bytes, digest.bytes);
  }

  @Override
  public int hashCode() {
    return (bytes[0] & 0xff) << 24
        | (bytes[1] & 0xff) << 16
        | (bytes[2] & 0xff) << 8
        | (bytes[3] & 0xff);
  }

  /** All 64 hexadecimal digits. */
  @Override
  public String toString() {
    return HexFormat.of().formatHex(bytes);
  }
}
