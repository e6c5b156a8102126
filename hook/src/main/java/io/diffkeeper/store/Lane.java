package io.diffkeeper.store;

import io.diffkeeper.tree.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Set;
import org.lmdbjava.Txn;

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
   * @param claimed digests of what waits in any lane of the version; for all threads
   * @param bytesMax how much waits in this one, at most
   */
  Lane(
      Store store, Space space, Tuning tuning, Scratch scratch, Set<Digest> claimed, int bytesMax) {
    this.store = store;
    this.space = space;
    this.scratch = scratch;
    this.pending = new Pending(store.objects(), space, scratch, claimed, bytesMax);
    this.deltas = new Deltas(store, space, tuning, scratch, pending);
  }

  Scratch scratch() {
    return scratch;
  }

  /** Adds the next full leaf of a source without holes, unless the source ends before it does. */
  void leaf(Leaves leaves, int at) throws IOException {
    ByteBuffer leaf = scratch.content(Manifest.LEAF_BYTES);
    long start = leaves.offset(at);
    while (leaf.hasRemaining()) {
      if (leaves.source().read(leaf, start + leaf.position()) <= 0) {
        return;
      }
    }
    leaf.flip();
    boolean same = leaves.print(at, leaf, scratch.fingerprinter());
    leaves.set(at, same ? leaves.previous(at) : leaf(leaf, leaves.previous(at)));
  }

  Digest leaf(ByteBuffer plain, Digest previous) {
    Digest digest = scratch.hasher(space.hash()).hash(Kind.LEAF.code(), plain);
    return digest.equals(previous) ? digest : put(Kind.LEAF, digest, plain, previous);
  }

  Digest put(Kind kind, ByteBuffer plain, Digest previous) {
    Digest digest = scratch.hasher(space.hash()).hash(kind.code(), plain);
    return put(kind, digest, plain, previous);
  }

  private Digest put(Kind kind, Digest digest, ByteBuffer plain, Digest previous) {
    if (!pending.has(digest) && !deltas.has(digest, previous)) {
      if (pending.isFullFor(plain.remaining())) {
        storedBytes += store.environment().write(pending::put);
        pending.clear();
      }
      if (pending.claim(digest)) {
        deltas.add(kind, digest, plain, previous);
      }
    }
    return digest;
  }

  /** Writes what waits; gives the bytes of all that was written. */
  long write(Txn<ByteBuffer> txn) {
    return storedBytes + pending.put(txn);
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
