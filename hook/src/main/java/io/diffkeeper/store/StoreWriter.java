package io.diffkeeper.store;

import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.lmdbjava.Dbi;
import org.lmdbjava.Txn;

/** The writer of one version of one state. */
final class StoreWriter implements VersionWriter {
  private static final int EMPTY_DIRECTORY_BYTES = Integer.BYTES;

  /** When lanes have shared out so many, some wait for the others: it bounds memory. */
  private static final int LEAVES_TOGETHER = 8 * Manifest.BLOCK_LEAVES;

  /** Room of so much is worth another transaction. */
  private static final int FREED_BYTES_MIN = 512 << 10;

  private final Store store;
  private final StateName name;
  private final Space space;
  private final Lanes lanes;
  private final Lane lane;
  private final Scratch scratch;
  private final ManifestWriter manifest;
  private boolean done;
  private boolean freesMuch;
  private boolean closed;

  StoreWriter(
      Store store, StateName name, Space space, Tuning tuning, Supplier<Scratch> scratches) {
    this.store = store;
    this.name = name;
    this.space = space;
    Claims claims = new Claims();
    int waitingMax = Pending.BYTES_MAX / Lanes.count();
    this.lanes =
        new Lanes(() -> new Lane(store, space, tuning, scratches.get(), claims, waitingMax));
    this.lane = lanes.first();
    this.scratch = lane.scratch();
    this.manifest = new ManifestWriter(this::put);
    store.environment().gate().enter();
    store.environment().catchUp(); // what was removed by a collection that was killed is not there
  }

  @Override
  public FileContent file(ContentSource source, Entry previous) throws IOException {
    checkOpen();
    PreviousFile before = PreviousFile.of(store.objects(), space, scratch, previous);
    manifest.begin(before);
    // How far all has moved that is behind a change, if there was only one.
    long moved = source.size() - before.size();
    long[] prints = null;
    long offset = 0;
    if (lanes.areWorthIt(source)) {
      prints = scratch.fingerprinter() == null ? null : Prints.room(fullLeaves(source));
      offset = addFullLeaves(source, before, moved, prints);
    }
    FileContent content = rest(new LeafReader(source, offset), before, moved);
    if (prints != null) {
      int known = (int) (offset / Manifest.LEAF_BYTES) * Fingerprinter.LONGS;
      store.prints().put(content.digest(), Arrays.copyOf(prints, known));
    }
    return content;
  }

  private FileContent rest(LeafReader reader, PreviousFile before, long moved) throws IOException {
    while (true) {
      manifest.holes(reader.skipHoles());
      boolean first = reader.offset() == 0;
      long index = reader.offset() / Manifest.LEAF_BYTES;
      ByteBuffer leaf = scratch.content(Manifest.LEAF_BYTES);
      int holes = reader.fill(leaf);
      leaf.flip();
      if (leaf.hasRemaining() || first) {
        boolean allHole = leaf.hasRemaining() && holes == Manifest.allHoles(leaf.remaining());
        manifest.leaf(holes, allHole ? null : leaf(leaf, before, index, moved));
      }
      if (leaf.remaining() < Manifest.LEAF_BYTES) {
        return new FileContent(manifest.end(reader.offset()), reader.offset());
      }
    }
  }

  private Digest leaf(ByteBuffer plain, PreviousFile before, long index, long moved) {
    Former former =
        new Former(before.leaf(index), old -> false, () -> Moved.of(before, index, moved));
    return lane.put(Kind.LEAF, plain, former);
  }

  private Digest put(Kind kind, ByteBuffer plain, Digest previous) {
    return lane.put(kind, plain, Former.of(previous));
  }

  private static long fullLeaves(ContentSource source) {
    return source.size() / Manifest.LEAF_BYTES;
  }

  /**
   * Adds the full leaves of a file without holes, some blocks of them at a time; gives the offset
   * where they end.
   */
  private long addFullLeaves(ContentSource source, PreviousFile before, long moved, long[] prints)
      throws IOException {
    long count = fullLeaves(source);
    long[] oldPrints = store.prints().of(before.manifest());
    for (long from = 0; from < count; from += LEAVES_TOGETHER) {
      Digest[] previous = new Digest[(int) Math.min(LEAVES_TOGETHER, count - from)];
      Moved[] origins = new Moved[previous.length];
      for (int i = 0; i < previous.length; i++) {
        previous[i] = before.leaf(from + i);
        origins[i] = Moved.of(before, from + i, moved);
      }
      Leaves leaves = new Leaves(source, from, previous, origins, oldPrints, prints);
      lanes.add(leaves);
      for (int i = 0; i < leaves.count(); i++) {
        if (leaves.digest(i) == null) { // it became shorter meanwhile
          return leaves.offset(i);
        }
        manifest.leaf(0, leaves.digest(i));
      }
    }
    return count * Manifest.LEAF_BYTES;
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

  @Override
  public Version commit(Draft draft) {
    checkOpen();
    Version version = store.environment().write(txn -> commit(txn, draft));
    done = true;
    freesMuch = !draft.ended() && lanes.freedBytes() >= FREED_BYTES_MIN;
    lanes.clear();
    return version;
  }

  private Version commit(Txn<ByteBuffer> txn, Draft draft) {
    long stored = lanes.write(txn);
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
            stored,
            draft.provenance());
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
      lanes.close();
      if (freesMuch) {
        store.environment().reuse();
      }
    }
  }
}
