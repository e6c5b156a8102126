package io.diffkeeper.store;

import io.diffkeeper.DiffLibrary;
import io.diffkeeper.delta.DeltaException;
import io.diffkeeper.delta.DeltaMethod;
import io.diffkeeper.tree.Digest;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lmdbjava.Txn;

/**
 * Stores older objects that are deltas on one base as deltas on each other. While they are written
 * each is a delta on the last whole object, so that the newest one is cheap to read, and says again
 * what the ones before it say. Of those that no newest version needs, each becomes a delta on the
 * one that replaced it.
 */
final class Chains {
  /** So many deltas are followed at most from an object that none of this shortened. */
  private static final int STEPS_MAX = 16;

  /** More are left for the next collection: it bounds memory. */
  private static final int OBJECTS_MAX = 1 << 18;

  /** A delta has to become shorter by this part. */
  private static final int SAVING_PART = 8;

  private static final int TRANSACTION_BYTES = 1 << 20;

  private final Objects objects;
  private final Environment environment;
  private final Scratch scratch;
  private final Marks newest = new Marks();
  private final Map<Base, List<Digest>> groups = new LinkedHashMap<>();
  private final List<Link> links = new ArrayList<>();
  private boolean isNewest = true;
  private int collected;
  private int waitingBytes;
  private ByteBuffer whole = ByteBuffer.allocateDirect(0);
  private ByteBuffer newer = ByteBuffer.allocateDirect(0);
  private ByteBuffer older = ByteBuffer.allocateDirect(0);

  /** What a group of objects are deltas on. */
  private record Base(Space space, Digest digest) {}

  /**
   * A delta that is to take another's place.
   *
   * @param base what it was on
   * @param on what it is on
   * @param trail of the object; -1 if only the trail of {@code on} is to be set
   */
  private record Link(Base base, Digest digest, Digest on, int trail, byte[] value) {}

  Chains(Store store, Scratch scratch) {
    this.objects = store.objects();
    this.environment = store.environment();
    this.scratch = scratch;
  }

  /** What is told from now on is no part of a newest version, unless it was told before. */
  void olderFollow() {
    isNewest = false;
  }

  /** Tells of an object in use; what replaced another is told first. */
  void object(Space space, Digest digest) {
    if (isNewest) {
      newest.add(space, digest);
    }
    Digest base =
        environment.read(
            txn -> {
              StoredObject object = objects.open(txn, space, digest, scratch);
              return object == null ? null : object.base();
            });
    if (base != null && collected < OBJECTS_MAX) {
      groups.computeIfAbsent(new Base(space, base), b -> new ArrayList<>()).add(digest);
      collected++;
    }
  }

  /** Makes the chains. */
  void link() {
    groups.forEach(
        (base, digests) -> {
          if (digests.size() > 1) {
            environment.read(
                txn -> {
                  link(txn, base, digests);
                  return null;
                });
            if (waitingBytes > TRANSACTION_BYTES) {
              write();
            }
          }
        });
    write();
  }

  private void link(Txn<ByteBuffer> txn, Base base, List<Digest> newestFirst) {
    if (objects.decode(txn, base.space, base.digest, scratch) == null) {
      return; // damage is for verify to find
    }
    whole = copy(scratch.plain(), whole);
    Digest on = null;
    int steps = 0;
    for (Digest digest : newestFirst) {
      StoredObject object = objects.open(txn, base.space, digest, scratch);
      if (object == null || !base.digest.equals(object.base()) || !decode(base, digest, object)) {
        continue;
      }
      byte[] value = null;
      boolean far = steps + object.trail() >= STEPS_MAX;
      if (on != null && !far && !newest.has(base.space, digest)) {
        value = delta(object, on);
      }
      if (value != null) {
        links.add(new Link(base, digest, on, object.trail(), value));
        waitingBytes += value.length;
      }
      steps = value == null ? 1 : steps + 1;
      on = digest;
      ByteBuffer swapped = newer;
      newer = older;
      older = swapped;
    }
  }

  private static ByteBuffer copy(ByteBuffer from, ByteBuffer into) {
    ByteBuffer to =
        into.capacity() < from.remaining() ? ByteBuffer.allocateDirect(from.remaining()) : into;
    return to.clear().put(from.duplicate()).flip();
  }

  /** Decodes a delta on the whole object into the buffer for the older one. */
  private boolean decode(Base base, Digest digest, StoredObject object) {
    int length = object.length();
    older = older.capacity() < length ? ByteBuffer.allocateDirect(length) : older;
    older.clear().limit(length);
    try {
      DeltaMethod method = DeltaMethod.of(object.form());
      scratch.codecs().codec(method).apply(whole, object.body(), older);
    } catch (DeltaException damaged) {
      return false;
    }
    return scratch.hasher(base.space.hash()).hash(object.kind().code(), older).equals(digest);
  }

  /** The older object's new value; null if it would not be much shorter. */
  private byte[] delta(StoredObject object, Digest on) {
    int bytes = object.body().remaining();
    ByteBuffer delta = scratch.delta(bytes - bytes / SAVING_PART);
    DeltaMethod method = scratch.codecs().diff(DiffLibrary.ZSTD, newer, older, delta);
    if (method == null) {
      return null;
    }
    delta.flip();
    ByteBuffer value =
        ByteBuffer.allocate(StoredObject.HEADER_BYTES + Digest.BYTES + delta.remaining());
    StoredObject.putHeader(value, object.kind(), method.code(), object.trail(), object.length());
    on.write(value);
    return value.put(delta).array();
  }

  private void write() {
    if (!links.isEmpty()) {
      environment.write(
          txn -> {
            // The oldest first: so each that gets one more behind it knows of those behind that.
            for (int i = links.size() - 1; i >= 0; i--) {
              put(txn, links.get(i));
            }
            return null;
          });
    }
    links.clear();
    waitingBytes = 0;
  }

  private void put(Txn<ByteBuffer> txn, Link link) {
    Space space = link.base.space;
    StoredObject now = objects.open(txn, space, link.digest, scratch);
    if (now == null || !link.base.digest.equals(now.base()) || leadsTo(txn, link)) {
      return; // a writer has changed it meanwhile
    }
    int trail = trail(txn, space, link.digest);
    ByteBuffer value = ByteBuffer.allocateDirect(link.value.length).put(link.value).flip();
    value.put(StoredObject.TRAIL_AT, (byte) trail);
    objects.dbi().put(txn, objects.key(space, link.digest), value);
    Digest at = link.on;
    for (int behind = trail + 1; at != null && behind <= StoredObject.TRAIL_MAX; behind++) {
      raiseTrail(txn, space, at, behind);
      StoredObject object = objects.open(txn, space, at, scratch);
      at = object == null ? null : object.base();
    }
  }

  /** Whether what is to be the base depends on the object: then it would depend on itself. */
  private boolean leadsTo(Txn<ByteBuffer> txn, Link link) {
    Digest at = link.on;
    while (at != null && !at.equals(link.digest)) {
      StoredObject object = objects.open(txn, link.base.space, at, scratch);
      if (object == null) {
        return true;
      }
      at = object.base();
    }
    return at != null;
  }

  private int trail(Txn<ByteBuffer> txn, Space space, Digest digest) {
    return objects.find(txn, space, digest).trail();
  }

  private void raiseTrail(Txn<ByteBuffer> txn, Space space, Digest digest, int to) {
    if (trail(txn, space, digest) < to) {
      ByteBuffer value = objects.dbi().get(txn, objects.key(space, digest));
      ByteBuffer raised = ByteBuffer.allocateDirect(value.remaining()).put(value).flip();
      raised.put(StoredObject.TRAIL_AT, (byte) to);
      objects.dbi().put(txn, objects.key(space, digest), raised);
    }
  }
}
