package io.diffkeeper.delta;

import java.nio.ByteBuffer;

/**
 * One way to write a target as its difference from a base. For one thread.
 *
 * <p>All buffers are direct and big-endian; base, target and delta are read from position to limit,
 * and none of the three is changed by being read. Memory and effort are in proportion to the
 * lengths of base and target, whatever they hold.
 */
public interface DeltaCodec {
  /**
   * Writes the delta.
   *
   * @param delta where it goes; the position is advanced, the limit is what it may take at most
   * @return false if it would not fit: the buffer's content behind its position is then undefined
   */
  boolean diff(ByteBuffer base, ByteBuffer target, ByteBuffer delta);

  /**
   * Makes the target from its base.
   *
   * @param target is filled from position to limit: the target's length has to be known
   * @throws DeltaException if the delta does not make exactly that many bytes
   */
  void apply(ByteBuffer base, ByteBuffer delta, ByteBuffer target) throws DeltaException;
}
