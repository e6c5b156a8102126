package io.diffkeeper.store;

import io.diffkeeper.delta.DeltaCodecs;
import io.diffkeeper.delta.DeltaMethod;
import io.diffkeeper.tree.Digest;
import java.nio.ByteBuffer;

/**
 * Decides how an object that replaces another is stored, so that the newest one is cheap to read.
 *
 * <p>While it differs little from the last one that is whole, it is a small delta on that one. Else
 * it is stored whole, and the one that was whole becomes a delta on it: chains lead from old to
 * new, and the newest object is whole, or one small delta away from it.
 */
final class Deltas {
  /** Shorter objects are stored whole: a delta names its base, which takes as much. */
  private static final int BYTES_MIN = 128;

  /** A forward delta may take this part of the object; it is read whenever the newest is. */
  private static final int FORWARD_PART = 24;

  /** Where it takes more than this part, most of the object may have come from elsewhere. */
  private static final int MOVED_PART = 2;

  /** A delta has to save at least this part of what it replaces. */
  private static final int SAVING_PART = 32;

  private final Objects objects;
  private final Environment environment;
  private final Space space;
  private final Tuning tuning;
  private final Scratch scratch;
  private final Pending pending;

  /**
   * The whole object that the previous one is, or depends on.
   *
   * @param bytes how many it takes
   * @param noise whether it is known to gain nothing by compression
   */
  private record Base(Kind kind, Digest digest, int trail, int bytes, boolean noise) {}

  /**
   * What an object may be a delta on.
   *
   * @param base null if there is none
   * @param method null if no delta is shorter than the object
   * @param delta as long as {@code bytes}
   * @param noise whether what the object has and its base has not gains nothing by compression
   */
  private record Found(Base base, DeltaMethod method, ByteBuffer delta, int bytes, boolean noise) {
    static final Found NOTHING = new Found(null, null, null, 0, false);
  }

  Deltas(Store store, Space space, Tuning tuning, Scratch scratch, Pending pending) {
    this.objects = store.objects();
    this.environment = store.environment();
    this.space = space;
    this.tuning = tuning;
    this.scratch = scratch;
    this.pending = pending;
  }

  /**
   * Whether the object is in the store, in a form that does for a newest one. Content that comes
   * back after it was replaced may be far from anything whole: then it is to be added again.
   */
  boolean has(Digest digest, Digest previous) {
    if (digest.equals(previous)) {
      return objects.has(space, digest);
    }
    return environment.read(
        txn -> {
          StoredObject object = objects.open(txn, space, digest, scratch);
          if (object == null || !object.isDelta()) {
            return object != null;
          }
          StoredObject base = objects.open(txn, space, object.base(), scratch);
          return base != null && !base.isDelta();
        });
  }

  /** Adds an object to those that wait, with what becomes of the one before. */
  void add(Kind kind, Digest digest, ByteBuffer plain, Former former) {
    if (objects.has(space, digest)) {
      pending.addWhole(kind, digest, plain, StoredObject.TRAIL_MAX, false);
      return;
    }
    int length = plain.remaining();
    boolean fits = length >= BYTES_MIN && length <= StoredObject.DELTA_BYTES_MAX;
    Found found = fits ? find(kind, plain, former) : Found.NOTHING;
    Base base = found.base;
    DeltaMethod method = found.method;
    if (base == null) {
      pending.addFirst(kind, digest, plain);
      return;
    }
    if (method != null && found.bytes <= length / FORWARD_PART) {
      pending.addDelta(kind, digest, base.digest, method, length, found.delta.flip());
      return;
    }
    ByteBuffer old = scratch.plain();
    boolean keyframe = base.trail + 1 >= tuning.snapshotInterval();
    int limit = base.bytes - base.bytes / SAVING_PART - Digest.BYTES;
    ByteBuffer delta = scratch.delta(Math.max(0, limit));
    // What serves best in one direction does in the other, near enough; two without any likeness
    // have none in either. A delta made from damaged bytes would hide the damage.
    boolean use =
        !keyframe
            && limit > 0
            && method != null
            && scratch.codecs().back(tuning.library(), method, plain, old, base.noise, delta)
            && (base.digest.equals(former.digest()) && former.isIt().test(old)
                || scratch.hasher(space.hash()).hash(base.kind.code(), old).equals(base.digest));
    // Noise that is overwritten with noise is noise.
    boolean noise = base.noise && found.noise;
    pending.addWhole(kind, digest, plain, use ? base.trail + 1 : 0, noise);
    if (use) {
      pending.replace(
          base.kind, base.digest, digest, method, base.trail, old.remaining(), delta.flip());
    }
  }

  /** Looks for a base; its bytes are what is in the buffer for plain bytes then. */
  private Found find(Kind kind, ByteBuffer plain, Former former) {
    Found inPlace = inPlace(kind, plain, former.digest());
    if (inPlace.method != null && inPlace.bytes <= plain.remaining() / MOVED_PART) {
      return inPlace;
    }
    Moved moved = former.moved().get();
    Base origin = moved == null ? null : base(moved.leaf());
    if (origin != null && moved.isSo(scratch.plain(), plain)) {
      ByteBuffer delta = scratch.delta(plain.remaining());
      DeltaMethod method =
          scratch.codecs().diffMoved(tuning.library(), scratch.plain(), plain, delta);
      if (method != null && (inPlace.method == null || delta.position() < inPlace.bytes)) {
        return new Found(origin, method, delta, delta.position(), false);
      }
    }
    // What was in the buffers is there no more.
    boolean again = moved != null && inPlace.method != null;
    return again ? inPlace(kind, plain, former.digest()) : inPlace;
  }

  private Found inPlace(Kind kind, ByteBuffer plain, Digest previous) {
    Base base = previous == null ? null : base(previous);
    if (base == null) {
      return Found.NOTHING;
    }
    DeltaCodecs codecs = scratch.codecs();
    ByteBuffer delta = scratch.delta(plain.remaining());
    // Leaves are all of one length: what refers to them stays where it is.
    DeltaMethod method =
        kind == Kind.FILE || kind == Kind.BLOCK
            ? codecs.diffInPlace(scratch.plain(), plain, delta)
            : codecs.diff(tuning.library(), scratch.plain(), plain, delta);
    return new Found(base, method, delta, delta.position(), codecs.isNoise());
  }

  /** Reads the base for an object that replaces {@code previous}; null if there is none. */
  private Base base(Digest previous) {
    return environment.read(
        txn -> {
          Digest digest = previous;
          StoredObject object = objects.open(txn, space, digest, scratch);
          if (object != null && object.isDelta()) {
            digest = object.base();
            object = objects.open(txn, space, digest, scratch);
          }
          if (object == null
              || object.isDelta()
              || object.length() < BYTES_MIN
              || object.length() > StoredObject.DELTA_BYTES_MAX) {
            return null;
          }
          int bytes = object.body().remaining();
          // In a pack it is not compressed by itself, whatever it is.
          boolean noise =
              object.form() == StoredObject.PLAIN
                  && objects.find(txn, space, digest).form() == StoredObject.PLAIN;
          Base base = new Base(object.kind(), digest, object.trail(), bytes, noise);
          return objects.decode(txn, space, digest, scratch) == null ? null : base;
        });
  }
}
