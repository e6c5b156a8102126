package io.diffkeeper.store;

import io.diffkeeper.DedupScope;
import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.tree.Digest;
import java.nio.ByteBuffer;

/**
 * Where a state's objects are: what two states in one space have in common is stored once.
 *
 * @param hash the digest that objects are named by
 * @param owner 0 if the space is of all states with that digest; else the number of the only state
 *     that it is for
 */
public record Space(HashAlgorithm hash, long owner) {
  private static final int OWNED = 0x80;

  /** The longest key of an object: u8 algorithm │ u64 owner, if there is one │ digest[32]. */
  static final int KEY_BYTES_MAX = 1 + Long.BYTES + Digest.BYTES;

  /** The space that a new state gets. */
  static Space of(StateName state, HashAlgorithm hash, DedupScope scope) {
    return new Space(hash, scope == DedupScope.CLUSTER ? 0 : owner(state));
  }

  /** The space that a state's record tells by its code; null if it is none. */
  static Space of(StateName state, byte code) {
    HashAlgorithm hash = HashAlgorithm.of((byte) (code & ~OWNED));
    return hash == null ? null : new Space(hash, code < 0 ? owner(state) : 0);
  }

  /** Two states of one number would share what they have in common, and nothing else. */
  private static long owner(StateName state) {
    return Math.max(1, Records.stateKey(state).getLong(0) & Long.MAX_VALUE);
  }

  /** What states within it share. */
  public DedupScope scope() {
    return owner == 0 ? DedupScope.CLUSTER : DedupScope.CONTAINER;
  }

  byte code() {
    return owner == 0 ? hash.code() : (byte) (hash.code() | OWNED);
  }

  int keyBytes() {
    return owner == 0 ? KEY_BYTES_MAX - Long.BYTES : KEY_BYTES_MAX;
  }

  /** Puts an object's key. */
  void putKey(ByteBuffer to, Digest digest) {
    to.put(code());
    if (owner != 0) {
      to.putLong(owner);
    }
    digest.write(to);
  }

  /** The space of the object with that key, which is read up to its digest; null if it is none. */
  static Space read(ByteBuffer key) {
    if (key.remaining() < KEY_BYTES_MAX - Long.BYTES) {
      return null;
    }
    byte code = key.get();
    HashAlgorithm hash = HashAlgorithm.of((byte) (code & ~OWNED));
    long owner = code < 0 ? key.getLong() : 0;
    boolean sound = hash != null && owner >= 0 && (owner > 0) == (code < 0);
    return sound && key.remaining() == Digest.BYTES ? new Space(hash, owner) : null;
  }

  // Written out, as they are part of every start: a record's own are put together at run time.
  @Override
  public boolean equals(Object other) {
    return other instanceof Space that && hash == that.hash && owner == that.owner;
  }

  @Override
  public int hashCode() {
    return 31 * hash.hashCode() + Long.hashCode(owner);
  }
}
