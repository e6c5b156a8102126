package io.diffkeeper.store;

import io.diffkeeper.tree.Digest;

/** An object that is not what its digest or what refers to it says; never leaves the package. */
final class Damage extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Digest digest;

  /**
   * Damage of an object.
   *
   * @param what what is wrong with it: "is damaged"
   */
  Damage(Digest digest, String what) {
    super(what, null, false, false);
    this.digest = digest;
  }

  Digest digest() {
    return digest;
  }
}
