package io.diffkeeper.store;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import io.diffkeeper.delta.DeltaMethod;
import io.diffkeeper.tree.Digest;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.lmdbjava.Txn;

/** Moves objects into a pack, in the order in which they come. */
final class PackWriter implements AutoCloseable {
  /** Packs are written once, and read more often. */
  private static final int LEVEL = 9;

  /** Takes five to ten times as long, and makes text shorter by a tenth to a seventh. */
  private static final int THOROUGH_LEVEL = 18;

  /** Plain bytes of a pack that is read for single objects, too. */
  private static final int BYTES_MAX = 1 << 20;

  /** Objects find more that is like them: 500 JSON files are stored shorter by a twenty-fifth. */
  private static final int THOROUGH_BYTES_MAX = Packs.BYTES_MAX;

  /** What does not become shorter than that part does not gain by the thorough level. */
  private static final int THOROUGH_PART = 2;

  /** What zstd makes shorter by that part is no table of numbers. */
  private static final int COMPRESSIBLE_PART = 4;

  /** Planes have to save that part more. */
  private static final int SAVING_PART = 32;

  private static final ByteBuffer NO_BASE = ByteBuffer.allocateDirect(0);

  private final Store store;
  private final Objects objects;
  private final Scratch scratch;
  private final boolean thorough;
  private final ZstdCompressCtx compressor = new ZstdCompressCtx();
  private final ByteBuffer plain;
  private final ByteBuffer value;
  private final List<Item> items = new ArrayList<>();
  private long moved;

  private record Item(Space space, Digest digest, int offset, int bytes) {}

  /**
   * A writer of packs.
   *
   * @param thorough whether to take time for compressing well
   */
  PackWriter(Store store, Scratch scratch, boolean thorough) {
    this.store = store;
    this.thorough = thorough;
    int bytesMax = thorough ? THOROUGH_BYTES_MAX : BYTES_MAX;
    this.plain = ByteBuffer.allocateDirect(bytesMax);
    this.value =
        ByteBuffer.allocateDirect(
            Packs.HEADER_BYTES + Math.toIntExact(Zstd.compressBound(bytesMax)));
    this.objects = store.objects();
    this.scratch = scratch;
  }

  /** Objects moved so far. */
  long moved() {
    return moved;
  }

  /** Plain bytes that wait for the pack to be full. */
  int waiting() {
    return plain.position();
  }

  /** Adds an object that was opened in this transaction. */
  boolean add(Txn<ByteBuffer> txn, Space space, Digest digest, StoredObject object) {
    boolean whole = !object.isDelta();
    int bytes = StoredObject.HEADER_BYTES + object.length();
    if (whole
        ? bytes > plain.remaining()
        : Digest.BYTES + StoredObject.HEADER_BYTES + object.body().remaining()
            > plain.remaining()) {
      return false;
    }
    int start = plain.position();
    if (!whole) {
      StoredObject.putHeader(plain, object.kind(), object.form(), object.trail(), object.length());
      object.base().write(plain);
      plain.put(object.body().duplicate());
    } else if (objects.decode(txn, space, digest, scratch) == null
        || !scratch
            .hasher(space.hash())
            .hash(object.kind().code(), scratch.plain())
            .equals(digest)) {
      return true; // damage stays where it is, for verify to find
    } else {
      putWhole(object);
    }
    items.add(new Item(space, digest, start, plain.position() - start));
    return true;
  }

  /** Without its own compression, which would be in the way of the pack's. */
  private void putWhole(StoredObject object) {
    ByteBuffer content = scratch.plain();
    int start = plain.position();
    int length = object.length();
    int bytes = object.kind() == Kind.LEAF ? bytesAlone(object, content) : 0;
    if (bytes > length - length / COMPRESSIBLE_PART) {
      StoredObject.putHeader(plain, object.kind(), StoredObject.PLANES, object.trail(), length);
      ByteBuffer room = plain.duplicate();
      room.limit(plain.position() + bytes - length / SAVING_PART);
      if (scratch.codecs().codec(DeltaMethod.PLANES).diff(NO_BASE, content, room)) {
        plain.position(room.position());
        return;
      }
      plain.position(start);
    }
    StoredObject.putHeader(
        plain, object.kind(), StoredObject.PLAIN, object.trail(), object.length());
    plain.put(content.duplicate());
  }

  /** What it takes, or would take, compressed by itself: what comes from a pack is not. */
  private int bytesAlone(StoredObject object, ByteBuffer content) {
    if (object.form() == StoredObject.ZSTD) {
      return object.body().remaining();
    }
    int length = content.remaining();
    ByteBuffer packed = scratch.packed(Math.toIntExact(Zstd.compressBound(length)));
    int size =
        scratch
            .compressor()
            .compressDirectByteBuffer(packed, 0, packed.capacity(), content, 0, length);
    return Math.min(size, length);
  }

  /** Writes the pack, if there is anything in it. */
  void flush() {
    if (items.isEmpty()) {
      return;
    }
    plain.flip();
    int length = plain.remaining();
    value.clear().put((byte) StoredObject.ZSTD).putInt(length);
    int size = compress(LEVEL, length);
    if (thorough && size < length / THOROUGH_PART) {
      size = compress(THOROUGH_LEVEL, length);
    }
    if (size < length) {
      value.position(Packs.HEADER_BYTES + size).flip();
    } else {
      value.put(0, (byte) StoredObject.PLAIN).put(plain.duplicate()).flip();
    }
    moved += store.environment().write(this::put);
    drop();
  }

  /** Leaves where it is what waits for the pack to be full. */
  void drop() {
    plain.clear();
    items.clear();
  }

  private int compress(int level, int length) {
    int room = value.capacity() - Packs.HEADER_BYTES;
    return compressor
        .setLevel(level)
        .compressDirectByteBuffer(value, Packs.HEADER_BYTES, room, plain, 0, length);
  }

  private long put(Txn<ByteBuffer> txn) {
    long number = objects.packs().next(txn);
    ByteBuffer entry =
        ByteBuffer.allocateDirect(StoredObject.HEADER_BYTES + StoredObject.PLACE_BYTES);
    long count = 0;
    for (Item item : items) {
      StoredObject packed = StoredObject.parse(plain.slice(item.offset, item.bytes));
      StoredObject now = objects.open(txn, item.space, item.digest, scratch);
      // A writer may have replaced it meanwhile. What has become whole is not to be a delta
      // again, whose base may be a delta on it by now; and what has become a delta is fine.
      boolean same =
          now != null
              && (packed.isDelta()
                  ? now.form() == packed.form()
                      && packed.base().equals(now.base())
                      && packed.body().equals(now.body())
                  : !now.isDelta());
      if (same) {
        StoredObject.putHeader(
            entry.clear(), packed.kind(), StoredObject.PACKED, now.trail(), packed.length());
        StoredObject.putPlace(entry, number, item.offset, item.bytes);
        entry.flip();
        objects.dbi().put(txn, objects.key(item.space, item.digest), entry);
        count++;
      }
    }
    if (count > 0) {
      objects.packs().put(txn, number, value);
    }
    return count;
  }

  @Override
  public void close() {
    compressor.close();
  }
}
