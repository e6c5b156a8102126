package io.diffkeeper.delta;

import java.nio.ByteBuffer;

/**
 * Finds what two contents differ in, faster than Java does, and byte by byte what that finds. All
 * buffers are direct; a base and a target are used from position to limit, neither of which is
 * changed. For one thread at a time.
 */
public interface Differ {
  /** By how much the room for what is found is longer than the target. */
  int ROOM_BYTES = 16;

  /**
   * Appends runs of bytes that are other ones in the base, or come after its end.
   *
   * @param gapMin shorter gaps between runs are a part of them, in bytes
   * @param gaps how many bytes are between runs; with room for the target and {@link #ROOM_BYTES}
   * @param runs how long they are; with as much room
   * @param literals what is in them; with as much room
   * @param replaced what is in the base there; with as much room
   * @return the middle of the longest run
   */
  int runs(
      ByteBuffer base,
      ByteBuffer target,
      int gapMin,
      ByteBuffer gaps,
      ByteBuffer runs,
      ByteBuffer literals,
      ByteBuffer replaced);

  /**
   * Appends the three sections of a VCDIFF window.
   *
   * @param near whether to look only in windows of the base that the target has overwritten
   * @param data with room for the target and {@link #ROOM_BYTES}
   * @param instructions with room for twice the target and {@link #ROOM_BYTES}
   * @param addresses with room for the target and {@link #ROOM_BYTES}
   */
  void search(
      ByteBuffer base,
      ByteBuffer target,
      boolean near,
      ByteBuffer data,
      ByteBuffer instructions,
      ByteBuffer addresses);

  /** How many windows of the base the target has overwritten. */
  int overwritten(ByteBuffer base, ByteBuffer target);
}
