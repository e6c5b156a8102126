package io.diffkeeper.store;

import io.diffkeeper.tree.Digest;
import java.nio.ByteBuffer;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * What an object takes the place of.
 *
 * @param digest that of what was in the same place; null if nothing was
 * @param isIt whether bytes are certainly what was there; if not, they are hashed
 * @param moved tells where most of the new object may have come from instead; may tell null
 */
record Former(Digest digest, Predicate<ByteBuffer> isIt, Supplier<Moved> moved) {
  /** One of which no more is known than its digest, which may be null. */
  static Former of(Digest digest) {
    return new Former(digest, old -> false, () -> null);
  }
}
