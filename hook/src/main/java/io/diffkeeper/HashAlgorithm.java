package io.diffkeeper;

/** The digest that a state's objects are named by; chosen once, when the state is created. */
public enum HashAlgorithm {
  /** SHA-256, FIPS 180-4. */
  SHA256("sha256", 1),
  /** BLAKE3 with 256 bits of output. */
  BLAKE3("blake3", 2);

  private final String text;
  private final byte code;

  HashAlgorithm(String text, int code) {
    this.text = text;
    this.code = (byte) code;
  }

  /**
   * The algorithm of that name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static HashAlgorithm of(String text) {
    for (HashAlgorithm algorithm : values()) {
      if (algorithm.text.equals(text)) {
        return algorithm;
      }
    }
    throw new IllegalArgumentException("unknown hash algorithm: " + text);
  }

  /** The code in a store's keys and records. */
  public byte code() {
    return code;
  }

  /** The algorithm with that code, or null. */
  public static HashAlgorithm of(byte code) {
    return code == 1 ? SHA256 : code == 2 ? BLAKE3 : null;
  }

  /** The name in the configuration: {@code sha256} or {@code blake3}. */
  @Override
  public String toString() {
    return text;
  }
}
