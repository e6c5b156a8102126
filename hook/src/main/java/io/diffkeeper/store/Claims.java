package io.diffkeeper.store;

import io.diffkeeper.tree.Digest;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What the lanes of one version tell each other. For all threads. */
final class Claims {
  private final Set<Digest> added = ConcurrentHashMap.newKeySet();
  private final Set<Digest> bases = ConcurrentHashMap.newKeySet();

  /** Whether an object waits in one of them. */
  boolean has(Digest digest) {
    return added.contains(digest);
  }

  /** Whether it is the asking one's to add the object; to be asked before. */
  boolean claim(Digest digest) {
    return added.add(digest);
  }

  /** The object does not wait any more. */
  void release(Digest digest) {
    added.remove(digest);
  }

  /** A new object is a delta on that one, which so has to stay whole. */
  void base(Digest digest) {
    bases.add(digest);
  }

  /** Whether a new object is a delta on that one. */
  boolean isBase(Digest digest) {
    return bases.contains(digest);
  }
}
