package io.diffkeeper.store;

import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.lmdbjava.Dbi;
import org.lmdbjava.Txn;

/** The writer of one version of one state. */
final class StoreWriter implements VersionWriter {
  private static final int EMPTY_DIRECTORY_BYTES = Integer.BYTES;

  private final Store store;
  private final StateName name;
  private final Space space;
  private final Scratch scratch;
  private final Pending pending;
  private final Deltas deltas;
  private final ManifestWriter manifest = new ManifestWriter(this::put);
  private long storedBytes;
  private boolean done;
  private boolean closed;

  StoreWriter(Store store, StateName name, Space space, Tuning tuning, Scratch scratch) {
    this.store = store;
    this.name = name;
    this.space = space;
    this.scratch = scratch;
    this.pending = new Pending(store.objects(), space, scratch);
    store.environment().gate().enter();
    this.deltas = new Deltas(store, space, tuning, scratch, pending);
  }

  @Override
  public FileContent file(ContentSource source, Entry previous) throws IOException {
    checkOpen();
    LeafReader reader = new LeafReader(source);
    PreviousFile before = PreviousFile.of(store.objects(), space, scratch, previous);
    manifest.begin(before);
    while (true) {
      manifest.holes(reader.skipHoles());
      boolean first = reader.offset() == 0;
      long index = reader.offset() / Manifest.LEAF_BYTES;
      ByteBuffer leaf = scratch.content(Manifest.LEAF_BYTES);
      int holes = reader.fill(leaf);
      leaf.flip();
      if (leaf.hasRemaining() || first) {
        boolean allHole = leaf.hasRemaining() && holes == Manifest.allHoles(leaf.remaining());
        manifest.leaf(holes, allHole ? null : leaf(leaf, before.leaf(index)));
      }
      if (leaf.remaining() < Manifest.LEAF_BYTES) {
        return new FileContent(manifest.end(reader.offset()), reader.offset());
      }
    }
  }

  @Override
  public Digest directory(List<Entry> entries, Digest previous) {
    checkOpen();
    List<Entry> sorted = Directories.sorted(entries);
    Kind kind = Directories.kind(sorted);
    long bytes = Directories.encodedBytes(sorted);
    if (bytes > kind.bytesMax()) {
      throw new IllegalArgumentException("directory too large for the store");
    }
    ByteBuffer plain = scratch.content((int) bytes);
    Directories.encode(sorted, plain);
    return put(kind, plain.flip(), previous);
  }

  private Digest leaf(ByteBuffer plain, Digest previous) {
    Digest digest = scratch.hasher(space.hash()).hash(Kind.LEAF.code(), plain);
    return digest.equals(previous) ? digest : put(Kind.LEAF, digest, plain, previous);
  }

  private Digest put(Kind kind, ByteBuffer plain, Digest previous) {
    Digest digest = scratch.hasher(space.hash()).hash(kind.code(), plain);
    return put(kind, digest, plain, previous);
  }

  private Digest put(Kind kind, Digest digest, ByteBuffer plain, Digest previous) {
    if (!pending.has(digest) && !deltas.has(digest, previous)) {
      if (pending.isFullFor(plain.remaining())) {
        storedBytes += store.environment().write(pending::put);
        pending.clear();
      }
      deltas.add(kind, digest, plain, previous);
    }
    return digest;
  }

  @Override
  public Version commit(Draft draft) {
    checkOpen();
    Version version = store.environment().write(txn -> commit(txn, draft));
    done = true;
    pending.clear();
    return version;
  }

  private Version commit(Txn<ByteBuffer> txn, Draft draft) {
    long stored = storedBytes + pending.put(txn);
    checkRoot(txn, draft.root());
    if (draft.base() != null) {
      checkRoot(txn, draft.base());
    }
    ByteBuffer stateKey = Records.stateKey(name);
    Records.State state = store.catalog().state(txn, name);
    long number = state.latest() + 1;
    long parent = draft.parent() == Draft.LATEST ? state.latest() : draft.parent();
    Dbi<ByteBuffer> versions = store.environment().dbi(Environment.VERSIONS);
    if (parent > 0 && versions.get(txn, Records.versionKey(stateKey, parent)) == null) {
      throw new IllegalArgumentException("no such parent: " + name + "@" + parent);
    }
    Version version =
        new Version(
            number,
            parent,
            draft.root(),
            draft.base(),
            draft.time(),
            draft.origin(),
            draft.cut(),
            draft.eventSource(),
            draft.ended(),
            draft.filesChanged(),
            draft.bytes(),
            stored);
    ByteBuffer key = Records.versionKey(stateKey, number);
    versions.put(txn, key, Records.encode(key, version));
    store.catalog().put(txn, state.withLatest(number));
    return version;
  }

  private void checkRoot(Txn<ByteBuffer> txn, Digest root) {
    ByteBuffer value = store.objects().dbi().get(txn, store.objects().key(space, root));
    Kind kind = value == null ? null : Kind.of(value.get());
    boolean empty = kind == Kind.DIRECTORY && value.getInt(3) == EMPTY_DIRECTORY_BYTES;
    if (kind != Kind.ROOT && !empty) {
      throw new IllegalArgumentException("not a root in the store: " + root);
    }
  }

  private void checkOpen() {
    if (done) {
      throw new IllegalStateException("the version is committed or dropped");
    }
  }

  @Override
  public void close() {
    done = true;
    if (!closed) {
      closed = true;
      store.environment().gate().leave();
      store.release(scratch);
    }
  }
}
