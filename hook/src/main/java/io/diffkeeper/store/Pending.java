package io.diffkeeper.store;

import com.github.luben.zstd.Zstd;
import io.diffkeeper.delta.DeltaMethod;
import io.diffkeeper.tree.Digest;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.lmdbjava.PutFlags;
import org.lmdbjava.Txn;

/** Objects in their stored form, waiting for the next transaction of their writer. */
final class Pending {
  /** No more than this waits in all lanes of a version. */
  static final int BYTES_MAX = 8 << 20;

  /** Compression has to save at least this part, or reading is not slowed down for it. */
  private static final int SAVING_PART = 16;

  private final Objects objects;
  private final Space space;
  private final Scratch scratch;
  private final List<Item> items = new ArrayList<>();
  private final Claims claims;
  private final int bytesMax;
  private int bytes;
  private int smallBytes;
  private long freedBytes;

  /**
   * An object that waits.
   *
   * @param end where in the arena it ends
   * @param whole if it is to replace the object of this digest: the new one that it refers to; else
   *     null
   * @param small whether it may go into a pack
   */
  private record Item(Digest digest, int end, Digest whole, boolean small) {}

  /**
   * Nothing yet.
   *
   * @param claims what all lanes of the version know
   * @param bytesMax how much waits, at most, unless a single object is larger
   */
  Pending(Objects objects, Space space, Scratch scratch, Claims claims, int bytesMax) {
    this.objects = objects;
    this.space = space;
    this.scratch = scratch;
    this.claims = claims;
    this.bytesMax = bytesMax;
  }

  /** Whether the object waits, here or in another lane. */
  boolean has(Digest digest) {
    return claims.has(digest);
  }

  /** Whether it is this one's to add the object; to be asked before. */
  boolean claim(Digest digest) {
    return claims.claim(digest);
  }

  /** Whether an object of that plain length, and one it replaces, may make it too much. */
  boolean isFullFor(int plainBytes) {
    long more = 2L * (StoredObject.HEADER_BYTES + Digest.BYTES + plainBytes);
    return bytes > 0 && bytes + more > bytesMax;
  }

  /**
   * Adds an object that is stored whole.
   *
   * @param noise whether it is known to gain nothing by compression
   */
  void addWhole(Kind kind, Digest digest, ByteBuffer plain, int trail, boolean noise) {
    addWhole(kind, digest, plain, trail, noise, false);
  }

  /** Adds an object that comes after no other, which is stored whole. */
  void addFirst(Kind kind, Digest digest, ByteBuffer plain) {
    addWhole(kind, digest, plain, 0, false, true);
  }

  private void addWhole(
      Kind kind, Digest digest, ByteBuffer plain, int trail, boolean noise, boolean first) {
    int length = plain.remaining();
    ByteBuffer packed = scratch.packed(noise ? 0 : Math.toIntExact(Zstd.compressBound(length)));
    int size = noise ? length : compress(packed, plain);
    boolean smaller = size < length - length / SAVING_PART;
    ByteBuffer body = smaller ? packed.limit(size) : plain.duplicate();
    int end = Math.addExact(bytes, StoredObject.HEADER_BYTES + body.remaining());
    int form = smaller ? StoredObject.ZSTD : StoredObject.PLAIN;
    StoredObject.putHeader(room(end), kind, form, trail, length);
    scratch.arena(end).put(body);
    added(digest, end, null, first);
  }

  private int compress(ByteBuffer packed, ByteBuffer plain) {
    int length = plain.remaining();
    return scratch
        .compressor()
        .compressDirectByteBuffer(packed, 0, packed.capacity(), plain, plain.position(), length);
  }

  /** Adds an object that is stored as its difference from one that is in the store. */
  void addDelta(
      Kind kind, Digest digest, Digest base, DeltaMethod method, int length, ByteBuffer delta) {
    claims.base(base);
    putDelta(kind, digest, base, method, 0, length, delta, null);
  }

  /** Replaces an object of the store by its difference from one that was added whole. */
  void replace(
      Kind kind,
      Digest digest,
      Digest base,
      DeltaMethod method,
      int trail,
      int length,
      ByteBuffer delta) {
    putDelta(kind, digest, base, method, trail, length, delta, base);
  }

  private void putDelta(
      Kind kind,
      Digest digest,
      Digest base,
      DeltaMethod method,
      int trail,
      int length,
      ByteBuffer delta,
      Digest whole) {
    int end = Math.addExact(bytes, StoredObject.HEADER_BYTES + Digest.BYTES + delta.remaining());
    ByteBuffer arena = room(end);
    StoredObject.putHeader(arena, kind, method.code(), trail, length);
    base.write(arena);
    arena.put(delta);
    added(digest, end, whole, true);
  }

  /**
   * Notes what was put into the arena.
   *
   * @param stays whether nothing is likely to take its place before a collection, which alone can
   *     take it out of a pack
   */
  private void added(Digest digest, int end, Digest whole, boolean stays) {
    boolean small = stays && end - bytes <= Packs.SMALL_BYTES_MAX;
    smallBytes += small ? end - bytes : 0;
    items.add(new Item(digest, end, whole, small));
    bytes = end;
  }

  private ByteBuffer room(int end) {
    ByteBuffer arena = scratch.arena(end);
    arena.limit(end).position(bytes);
    return arena;
  }

  /** Puts all of them; what another writer has put meanwhile counts as nothing. */
  long put(Txn<ByteBuffer> txn) {
    return put(txn, List.of(this));
  }

  /** Puts what waits in all lanes of a version. */
  static long put(Txn<ByteBuffer> txn, List<Pending> lanes) {
    Bundle bundle = bundle(txn, lanes);
    return lanes.stream().mapToLong(lane -> lane.put(txn, bundle)).sum();
  }

  /** Puts what is small into packs, without entries yet; null if it is too little. */
  private static Bundle bundle(Txn<ByteBuffer> txn, List<Pending> lanes) {
    if (lanes.stream().mapToInt(lane -> lane.smallBytes).sum() < Bundle.BYTES_MIN) {
      return null;
    }
    Pending first = lanes.get(0);
    Bundle bundle = new Bundle(first.objects.packs(), txn, first.scratch);
    lanes.forEach(lane -> lane.addTo(bundle));
    bundle.end();
    return bundle;
  }

  private void addTo(Bundle bundle) {
    ByteBuffer arena = scratch.arena(0).duplicate();
    int start = 0;
    for (Item item : items) {
      if (item.small) {
        bundle.add(arena.limit(item.end).position(start));
      }
      start = item.end;
    }
  }

  private long put(Txn<ByteBuffer> txn, Bundle bundle) {
    long stored = 0;
    int start = 0;
    ByteBuffer arena = scratch.arena(0).duplicate();
    for (Item item : items) {
      int size = item.end - start;
      ByteBuffer value = arena.limit(item.end).position(start);
      boolean isWhole = isWhole(value.get(start + 1));
      if (bundle != null && item.small) {
        value = bundle.entry(value);
      }
      stored += put(txn, item, isWhole, value) ? size : 0;
      start = item.end;
    }
    return stored;
  }

  private boolean put(Txn<ByteBuffer> txn, Item item, boolean isWhole, ByteBuffer value) {
    if (item.whole == null) {
      // One that is there may be far from anything whole; to make it whole is always right.
      if (isWhole && isDelta(txn, item.digest)) {
        return objects.dbi().put(txn, objects.key(space, item.digest), value);
      }
      ByteBuffer key = objects.key(space, item.digest);
      return objects.dbi().put(txn, key, value, PutFlags.MDB_NOOVERWRITE);
    }
    // Only what is whole itself gets a base, and only one that is whole: so no object can come to
    // depend on itself, whatever other writers did since this was made.
    if (claims.isBase(item.digest) || !isWhole(txn, item.digest) || !isWhole(txn, item.whole)) {
      return false;
    }
    StoredObject before = objects.find(txn, space, item.digest);
    freedBytes += before.form() == StoredObject.PACKED ? 0 : before.body().remaining();
    objects.dbi().put(txn, objects.key(space, item.digest), value);
    return true;
  }

  /** Bytes of all objects so far that were replaced. */
  long freedBytes() {
    return freedBytes;
  }

  private static boolean isWhole(byte form) {
    return form == StoredObject.PLAIN || form == StoredObject.ZSTD;
  }

  private boolean isWhole(Txn<ByteBuffer> txn, Digest digest) {
    StoredObject object = objects.open(txn, space, digest, scratch);
    return object != null && !object.isDelta();
  }

  private boolean isDelta(Txn<ByteBuffer> txn, Digest digest) {
    StoredObject object = objects.find(txn, space, digest);
    return object != null && object.form() != StoredObject.PLAIN && !isWhole(txn, digest);
  }

  void clear() {
    for (Item item : items) {
      if (item.whole == null) {
        claims.release(item.digest);
      }
    }
    items.clear();
    bytes = 0;
    smallBytes = 0;
    scratch.arena(0).clear();
  }
}
