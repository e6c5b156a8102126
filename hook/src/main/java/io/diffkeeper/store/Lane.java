package io.diffkeeper.store;

import io.diffkeeper.tree.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** What one thread adds to a version: it hashes, compares, and keeps what waits to be written. */
final class Lane implements AutoCloseable {
  private final Store store;
  private final Space space;
  private final Scratch scratch;
  private final Pending pending;
  private final Deltas deltas;
  private long storedBytes;

  /**
   * A lane of its own scratch, which goes back to the store in the end.
   *
   * @param claims what all lanes of the version know
   * @param bytesMax how much waits in this one, at most
   */
  Lane(Store store, Space space, Tuning tuning, Scratch scratch, Claims claims, int bytesMax) {
    this.store = store;
    this.space = space;
    this.scratch = scratch;
    this.pending = new Pending(store.objects(), space, scratch, claims, bytesMax);
    this.deltas = new Deltas(store, space, tuning, scratch, pending);
  }

  Scratch scratch() {
    return scratch;
  }

  /**
   * Adds full leaves of a source without holes, unless it ends before they do.
   *
   * @param next index of the next one that no lane has taken
   */
  void add(Leaves leaves, AtomicInteger next) throws IOException {
    Hasher hasher = scratch.hasher(space.hash());
    int held = -1;
    ByteBuffer heldLeaf = null;
    for (int at = next.getAndIncrement(); at < leaves.count(); at = next.getAndIncrement()) {
      ByteBuffer leaf = changed(leaves, at);
      if (leaf == null) {
        continue;
      }
      if (held >= 0) {
        List<Digest> both = hasher.hash(Kind.LEAF.code(), List.of(heldLeaf, leaf));
        put(leaves, held, both.get(0), heldLeaf);
        put(leaves, at, both.get(1), leaf);
        held = -1;
      } else if (hasher.together() > 1) {
        scratch.hold(); // else the next leaf is read into the same buffer
        heldLeaf = leaf;
        held = at;
      } else {
        put(leaves, at, hasher.hash(Kind.LEAF.code(), leaf), leaf);
      }
    }
    if (held >= 0) {
      put(leaves, held, hasher.hash(Kind.LEAF.code(), heldLeaf), heldLeaf);
    }
  }

  /** Reads a leaf; null if it is as it was, or not all there any more. */
  private ByteBuffer changed(Leaves leaves, int at) throws IOException {
    ByteBuffer leaf = leaves.source().inMemory(leaves.offset(at), Manifest.LEAF_BYTES);
    leaf = leaf == null ? read(leaves, at) : leaf;
    if (leaf != null && leaves.print(at, leaf, scratch.fingerprinter())) {
      leaves.set(at, leaves.previous(at));
      return null;
    }
    return leaf;
  }

  private ByteBuffer read(Leaves leaves, int at) throws IOException {
    ByteBuffer leaf = scratch.content(Manifest.LEAF_BYTES);
    long start = leaves.offset(at);
    while (leaf.hasRemaining()) {
      if (leaves.source().read(leaf, start + leaf.position()) <= 0) {
        return null;
      }
    }
    return leaf.flip();
  }

  private void put(Leaves leaves, int at, Digest digest, ByteBuffer plain) {
    Former former =
        new Former(
            leaves.previous(at),
            old -> leaves.isPrevious(at, old, scratch.fingerprinter()),
            () -> leaves.moved(at));
    leaves.set(at, put(Kind.LEAF, digest, plain, former));
  }

  Digest put(Kind kind, ByteBuffer plain, Former former) {
    Digest digest = scratch.hasher(space.hash()).hash(kind.code(), plain);
    return put(kind, digest, plain, former);
  }

  /** Adds an object, unless it is there. */
  private Digest put(Kind kind, Digest digest, ByteBuffer plain, Former former) {
    if (!pending.has(digest) && !deltas.has(digest, former.digest())) {
      if (pending.isFullFor(plain.remaining())) {
        storedBytes += store.environment().write(pending::put);
        pending.clear();
      }
      if (pending.claim(digest)) {
        deltas.add(kind, digest, plain, former);
      }
    }
    return digest;
  }

  /** What waits. */
  Pending pending() {
    return pending;
  }

  /** Bytes of all that was written before. */
  long storedBytes() {
    return storedBytes;
  }

  /** Forgets what waits. */
  void clear() {
    pending.clear();
  }

  @Override
  public void close() {
    store.release(scratch);
  }
}
