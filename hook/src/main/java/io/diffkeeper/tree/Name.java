package io.diffkeeper.tree;

import io.diffkeeper.Printable;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A file name or path as the kernel has it: bytes in no particular encoding. Immutable, ordered by
 * unsigned bytes.
 */
public final class Name implements Comparable<Name> {
  /** The empty name. */
  public static final Name EMPTY = new Name(new byte[0]);

  private final byte[] bytes;
  private final int hash;

  private Name(byte[] bytes) {
    this.bytes = bytes;
    this.hash = Arrays.hashCode(bytes);
  }

  /** Copies the bytes. */
  public static Name of(byte[] bytes) {
    return new Name(bytes.clone());
  }

  /** The UTF-8 bytes of a text. */
  public static Name of(String text) {
    return new Name(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Reads {@code length} bytes from the buffer's position on, and advances it. */
  public static Name read(ByteBuffer from, int length) {
    byte[] bytes = new byte[length];
    from.get(bytes);
    return new Name(bytes);
  }

  /** A copy of the bytes. */
  public byte[] toBytes() {
    return bytes.clone();
  }

  /** Number of bytes. */
  public int length() {
    return bytes.length;
  }

  /** The byte at {@code index}, 0 to {@link #length()} - 1. */
  public byte at(int index) {
    return bytes[index];
  }

  /** The index of the first slash, or -1. */
  public int firstSlash() {
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == '/') {
        return i;
      }
    }
    return -1;
  }

  /** The index of the last slash before index {@code end}, or -1. */
  public int lastSlashBefore(int end) {
    for (int i = Math.min(end, bytes.length) - 1; i >= 0; i--) {
      if (bytes[i] == '/') {
        return i;
      }
    }
    return -1;
  }

  /** The first {@code length} bytes. */
  public Name prefix(int length) {
    return new Name(Arrays.copyOf(bytes, length));
  }

  /** The bytes from {@code start} on. */
  public Name suffix(int start) {
    return new Name(Arrays.copyOfRange(bytes, start, bytes.length));
  }

  /** This name, a slash, and the child's; just the child's if this one is empty. */
  public Name resolve(Name child) {
    if (bytes.length == 0) {
      return child;
    }
    byte[] joined = Arrays.copyOf(bytes, bytes.length + 1 + child.bytes.length);
    joined[bytes.length] = '/';
    System.arraycopy(child.bytes, 0, joined, bytes.length + 1, child.bytes.length);
    return new Name(joined);
  }

  /** Whether this can be one component of a path: not empty, not "." or "..", no slash, no NUL. */
  public boolean isComponent() {
    if (bytes.length == 0 || bytes.length > 255) {
      return false;
    }
    for (byte b : bytes) {
      if (b == '/' || b == 0) {
        return false;
      }
    }
    return !(bytes[0] == '.' && (bytes.length == 1 || (bytes.length == 2 && bytes[1] == '.')));
  }

  @Override
  public int compareTo(Name other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Name name && Arrays.equals(bytes, name.bytes);
  }

  @Override
  public int hashCode() {
    return hash;
  }

  /**
   * The name for people: UTF-8 where it is, and as {@code \xNN} each byte of control characters, of
   * invisible ones, and of what is no UTF-8.
   */
  @Override
  public String toString() {
    String text = decoded();
    if (text != null) {
      return Printable.of(text);
    }
    StringBuilder shown = new StringBuilder(bytes.length);
    for (byte b : bytes) {
      shown.append(b >= ' ' && b < 127 ? Character.toString(b) : Printable.escaped(b));
    }
    return shown.toString();
  }

  private String decoded() {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException notUtf8) {
      return null;
    }
  }
}
