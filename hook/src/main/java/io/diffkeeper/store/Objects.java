package io.diffkeeper.store;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import io.diffkeeper.delta.DeltaException;
import io.diffkeeper.delta.DeltaMethod;
import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.lmdbjava.Dbi;
import org.lmdbjava.Txn;

/** Reads objects whatever form they are stored in. {@link Space} says what keys are. */
final class Objects {
  /** A chain is never that long: whoever follows a longer one goes round in damage. */
  private static final int CHAIN_MAX = 4 * StoredObject.TRAIL_MAX;

  private static final ByteBuffer NO_BASE = ByteBuffer.allocateDirect(0);

  private final Environment environment;
  private final Packs packs;
  private final LongAdder decodedBytes = new LongAdder();
  private final ThreadLocal<ByteBuffer> keys =
      ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(Space.KEY_BYTES_MAX));

  Objects(Environment environment) {
    this.environment = environment;
    this.packs = new Packs(environment);
  }

  Dbi<ByteBuffer> dbi() {
    return environment.dbi(Environment.OBJECTS);
  }

  Packs packs() {
    return packs;
  }

  /** The key; valid until the thread asks for another. */
  ByteBuffer key(Space space, Digest digest) {
    ByteBuffer key = keys.get().clear();
    space.putKey(key, digest);
    return key.flip();
  }

  boolean has(Space space, Digest digest) {
    return environment.read(txn -> dbi().get(txn, key(space, digest)) != null);
  }

  /** The object as it is in the database, perhaps packed; null if it is missing or malformed. */
  StoredObject find(Txn<ByteBuffer> txn, Space space, Digest digest) {
    ByteBuffer value = dbi().get(txn, key(space, digest));
    return value == null ? null : StoredObject.parse(value);
  }

  /** The object itself; from its pack, it is valid until another pack is read. */
  StoredObject open(Txn<ByteBuffer> txn, Space space, Digest digest, Scratch scratch) {
    StoredObject found = find(txn, space, digest);
    return found == null || found.form() != StoredObject.PACKED
        ? found
        : unpack(txn, found, scratch);
  }

  StoredObject unpack(Txn<ByteBuffer> txn, StoredObject packed, Scratch scratch) {
    ByteBuffer block = packs.block(txn, packed.pack(), scratch);
    if (block == null
        || packed.offset() < 0
        || packed.packedBytes() < 0
        || packed.packedBytes() > block.limit() - packed.offset()) {
      return null;
    }
    StoredObject inner = StoredObject.parse(block.slice(packed.offset(), packed.packedBytes()));
    boolean same =
        inner != null
            && inner.form() != StoredObject.PACKED
            && inner.kind() == packed.kind()
            && inner.length() == packed.length();
    return same ? inner : null;
  }

  /**
   * Reads an object into {@link Scratch#plain()} and verifies it.
   *
   * @return its kind
   * @throws Damage if it is missing or damaged
   */
  Kind load(Space space, Digest digest, Scratch scratch) {
    Kind kind = loadUnverified(space, digest, scratch);
    verify(space, digest, scratch.hasher(space.hash()).hash(kind.code(), scratch.plain()));
    return kind;
  }

  /** Reads an object into {@link Scratch#plain()}, which is to be verified yet. */
  Kind loadUnverified(Space space, Digest digest, Scratch scratch) {
    Kind kind = environment.read(txn -> decode(txn, space, digest, scratch));
    if (kind == null) {
      throw damage(space, digest);
    }
    return kind;
  }

  /**
   * Compares the digest of what was read with the one that it should have.
   *
   * @throws Damage if they differ
   */
  void verify(Space space, Digest digest, Digest found) {
    if (!found.equals(digest)) {
      throw damage(space, digest);
    }
  }

  private Damage damage(Space space, Digest digest) {
    return new Damage(digest, has(space, digest) ? "is damaged" : "is missing");
  }

  /** The entries of a directory or root. */
  List<Entry> directory(Space space, Digest digest, Scratch scratch) {
    Kind kind = load(space, digest, scratch);
    boolean isDirectory = kind == Kind.DIRECTORY || kind == Kind.ROOT;
    List<Entry> entries = isDirectory ? Directories.decode(kind, scratch.plain()) : null;
    if (entries == null) {
      throw new Damage(digest, "is not the directory it should be");
    }
    return entries;
  }

  /** Decodes an object into {@link Scratch#plain()}; null if it cannot be decoded. */
  Kind decode(Txn<ByteBuffer> txn, Space space, Digest digest, Scratch scratch) {
    Kind kind = decode(txn, space, digest, scratch, 0);
    if (kind != null) {
      decodedBytes.add(scratch.plain().remaining());
    }
    return kind;
  }

  /**
   * Reads leaves one after the other into a buffer that they fill, to be verified yet.
   *
   * @throws Damage if one is missing, or cannot be a full leaf
   */
  void loadUnverified(Space space, List<Digest> leaves, ByteBuffer into, Scratch scratch) {
    Digest damaged =
        environment.read(
            txn -> {
              for (int i = 0; i < leaves.size(); i++) {
                ByteBuffer leaf = into.slice(i * Manifest.LEAF_BYTES, Manifest.LEAF_BYTES);
                if (!decode(txn, space, leaves.get(i), leaf, scratch)) {
                  return leaves.get(i);
                }
              }
              return null;
            });
    if (damaged != null) {
      throw damage(space, damaged);
    }
  }

  /** Decodes a leaf into a buffer that it fills; false if it cannot, or is no leaf that long. */
  boolean decode(
      Txn<ByteBuffer> txn, Space space, Digest digest, ByteBuffer leaf, Scratch scratch) {
    ByteBuffer own = scratch.decodeInto(leaf);
    try {
      Kind kind = decode(txn, space, digest, scratch);
      ByteBuffer plain = scratch.plain();
      if (kind != Kind.LEAF || plain.remaining() != leaf.capacity()) {
        return false;
      }
      if (plain != leaf) { // a longer base has needed another one
        leaf.clear().put(plain.duplicate());
      }
      return true;
    } finally {
      scratch.decodeInto(own);
    }
  }

  /** Bytes of all objects that were decoded so far. */
  long decodedBytes() {
    return decodedBytes.sum();
  }

  private Kind decode(Txn<ByteBuffer> txn, Space space, Digest digest, Scratch scratch, int depth) {
    StoredObject object = open(txn, space, digest, scratch);
    if (object == null || depth > CHAIN_MAX) {
      return null;
    }
    if (!object.isDelta()) {
      return whole(object, scratch) ? object.kind() : null;
    }
    scratch.swap();
    boolean based =
        decode(txn, space, object.base(), scratch, depth + 1) != null
            && scratch.plain().remaining() <= StoredObject.DELTA_BYTES_MAX;
    scratch.swap();
    if (!based) {
      return null;
    }
    // Reading the base may have taken the buffer that the object was in.
    object = open(txn, space, digest, scratch);
    return apply(object, scratch.other(), scratch) ? object.kind() : null;
  }

  /** Whether an entry has all of an object, without another one or a pack, and is as it was. */
  static boolean isSoundAlone(ByteBuffer key, ByteBuffer value, Scratch scratch) {
    Place place = Place.of(key, value);
    StoredObject object = StoredObject.parse(value);
    return place != null
        && place.pack() == Place.LOOSE
        && !object.isDelta()
        && whole(object, scratch)
        && scratch
            .hasher(place.space().hash())
            .hash(object.kind().code(), scratch.plain())
            .equals(place.digest());
  }

  private static boolean whole(StoredObject object, Scratch scratch) {
    int length = object.length();
    ByteBuffer body = object.body();
    switch (object.form()) {
      case StoredObject.PLAIN:
        scratch.plain(length).put(body).flip();
        return true;
      case StoredObject.ZSTD:
        // The frame's own length has to agree, so that a damaged one cannot ask for any memory.
        return Zstd.getDirectByteBufferFrameContentSize(body, body.position(), body.remaining())
                == length
            && inflate(body, scratch.plain(length), scratch);
      default:
        return apply(object, NO_BASE, scratch);
    }
  }

  private static boolean apply(StoredObject object, ByteBuffer base, Scratch scratch) {
    DeltaMethod method = object.isDelta() ? DeltaMethod.of(object.form()) : DeltaMethod.PLANES;
    try {
      ByteBuffer plain = scratch.plain(object.length());
      scratch.codecs().codec(method).apply(base, object.body(), plain);
      return true;
    } catch (DeltaException damaged) {
      return false;
    }
  }

  static boolean inflate(ByteBuffer body, ByteBuffer plain, Scratch scratch) {
    try {
      int length = plain.limit();
      return scratch
              .decompressor()
              .decompressDirectByteBuffer(plain, 0, length, body, body.position(), body.remaining())
          == length;
    } catch (ZstdException damaged) {
      return false;
    }
  }
}
