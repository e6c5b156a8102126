package io.diffkeeper.store;

import io.diffkeeper.tree.Digest;
import java.nio.ByteBuffer;
import java.util.List;
import org.lmdbjava.Txn;

/** Adds up what states consist of, and the store that they are in. */
final class Statistics {
  private final Store store;
  private final Scratch scratch;
  private final Objects objects;
  private final Marks everywhere = new Marks();
  private final Marks leavesEverywhere = new Marks();
  private final Sum total = new Sum();

  /** What one state takes, or all of them, while it is added up. */
  private static final class Sum {
    long versions;
    long live;
    long copies;
    long bases;
    long content;
    long plain;
    long newest;
    long stored;

    StoreStats done() {
      return new StoreStats(versions, live, copies, bases, content, plain, newest, stored);
    }
  }

  /** Adds what the walk through one state's versions meets. */
  private final class Adding implements Walk.Visitor {
    private final Sum sum;
    private final Marks leaves = new Marks();
    boolean isNewest;
    boolean isBase;

    Adding(Sum sum) {
      this.sum = sum;
    }

    @Override
    public void object(Space space, Digest digest) {
      count(space, digest, sum, isNewest);
    }

    @Override
    public void leaf(Space space, Digest leaf, int length) {
      if (leaves.add(space, leaf)) {
        add(sum, length);
        if (leavesEverywhere.add(space, leaf)) {
          add(total, length);
        }
      }
    }

    private void add(Sum to, int length) {
      to.content += length;
      to.bases += isBase ? length : 0;
    }
  }

  Statistics(Store store, Scratch scratch) {
    this.store = store;
    this.scratch = scratch;
    this.objects = store.objects();
  }

  /** What the states that were added so far take together; what they share counts once. */
  StoreStats total() {
    return total.done();
  }

  /**
   * Adds a state.
   *
   * @throws Damage if one of its versions cannot be followed
   */
  StoreStats add(StateName name) {
    Sum sum = new Sum();
    Adding adding = new Adding(sum);
    Walk walk = new Walk(store, scratch, new Marks(), adding);
    Space space = store.environment().read(txn -> store.catalog().state(txn, name).space());
    List<Version> versions = store.versions(name);
    for (Version version : versions) {
      adding.isNewest = version == versions.get(0);
      sum.versions++;
      sum.copies += version.bytes();
      sum.live += adding.isNewest ? version.bytes() : 0;
      adding.isBase = false;
      walk.tree(space, version.root());
      if (version.base() != null) {
        adding.isBase = true;
        walk.tree(space, version.base());
      }
    }
    total.versions += sum.versions;
    total.copies += sum.copies;
    total.live += sum.live;
    return sum.done();
  }

  private void count(Space space, Digest digest, Sum sum, boolean isNewest) {
    store
        .environment()
        .read(
            txn -> {
              StoredObject object = objects.find(txn, space, digest);
              long bytes = bytes(txn, space, object);
              add(sum, object.length(), bytes, isNewest);
              if (everywhere.add(space, digest)) {
                add(total, object.length(), bytes, isNewest);
              }
              return null;
            });
  }

  private static void add(Sum sum, long plain, long stored, boolean isNewest) {
    sum.plain += plain;
    sum.stored += stored;
    sum.newest += isNewest ? stored : 0;
  }

  /** Key and value; of a packed object also its share of the pack. */
  private long bytes(Txn<ByteBuffer> txn, Space space, StoredObject object) {
    long own = space.keyBytes() + StoredObject.HEADER_BYTES + (object.isDelta() ? Digest.BYTES : 0);
    if (object.form() != StoredObject.PACKED) {
      return own + object.body().remaining();
    }
    ByteBuffer pack = objects.packs().dbi().get(txn, Packs.key(object.pack()));
    long plain = pack == null ? 0 : Math.max(1, Packs.length(pack));
    long share = pack == null ? 0 : object.packedBytes() * (long) pack.remaining() / plain;
    return own + StoredObject.PLACE_BYTES + share;
  }
}
