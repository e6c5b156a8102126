package io.diffkeeper.store;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The last packs that were decompressed. Each is decompressed once for all threads that read:
 * whoever restores shares out a tree, so all of them need the same packs at about the same time.
 * For all threads.
 */
final class Blocks {
  /** So many stay. More are there only while more threads hold one. */
  private static final int KEPT = 8;

  private final List<Block> blocks = new ArrayList<>();
  private long uses;

  /** A pack, held by those who read it: it is another one's only when nobody does. */
  final class Block {
    private ByteBuffer bytes = ByteBuffer.allocateDirect(0);
    private long number;
    private long transaction;
    private Object writer;
    private Thread filling;
    private boolean filled;
    private int holders;
    private long used;

    private Block() {}

    /** Whether it is that pack; see {@link Blocks#hold}. */
    boolean is(long packNumber, long asOfTransaction, Object byWriter) {
      return number == packNumber && transaction == asOfTransaction && writer == byWriter;
    }

    /** Whether this thread is to fill it, and to tell {@link #end}. */
    boolean isToFill() {
      synchronized (Blocks.this) {
        return filling == Thread.currentThread();
      }
    }

    /** Whether a thread is about to fill it. */
    boolean isBusy() {
      synchronized (Blocks.this) {
        return filling != null;
      }
    }

    /** The buffer to fill, empty, with that limit. */
    ByteBuffer room(int length) {
      bytes = bytes.capacity() >= length ? bytes : ByteBuffer.allocateDirect(length);
      return bytes.clear().limit(length);
    }

    /** What is in it; not to be changed, nor is the buffer's position. */
    ByteBuffer bytes() {
      return bytes;
    }

    /** Says that this thread has filled it, or could not. */
    void end(boolean success) {
      synchronized (Blocks.this) {
        filling = null;
        filled = success;
        Blocks.this.notifyAll();
      }
    }

    /** Waits until it is filled; false if whoever was to fill it could not. */
    boolean await() {
      boolean interrupted = false;
      synchronized (Blocks.this) {
        while (filling != null) {
          try {
            Blocks.this.wait();
          } catch (InterruptedException e) {
            interrupted = true; // it takes a few milliseconds, whatever happens
          }
        }
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
        return filled;
      }
    }

    /** Ends one holding. */
    void release() {
      synchronized (Blocks.this) {
        holders--;
        if (holders == 0 && blocks.size() > KEPT) {
          blocks.remove(this);
        }
      }
    }
  }

  /**
   * Holds a pack, which may be there, or being filled by another thread, or be for this one to
   * fill; to be released.
   *
   * @param transaction what the pack is as of
   * @param writer null in one that reads; else whoever writes, as nobody else sees what it sees
   */
  synchronized Block hold(long number, long transaction, Object writer) {
    Block block = find(number, transaction, writer);
    return block == null ? toFill(number, transaction, writer) : block;
  }

  /** Holds a pack for this thread to fill; null if it is there, or another thread fills it. */
  synchronized Block holdMissing(long number, long transaction, Object writer) {
    Block block = find(number, transaction, writer);
    if (block == null) {
      return toFill(number, transaction, writer);
    }
    block.release();
    return null;
  }

  private Block find(long number, long transaction, Object writer) {
    for (Block block : blocks) {
      if ((block.filled || block.filling != null) && block.is(number, transaction, writer)) {
        block.holders++;
        block.used = ++uses;
        return block;
      }
    }
    return null;
  }

  private Block toFill(long number, long transaction, Object writer) {
    Block oldest = null;
    for (Block block : blocks) {
      boolean older = oldest == null || block.used < oldest.used;
      oldest = block.holders == 0 && older ? block : oldest;
    }
    if (oldest == null || blocks.size() < KEPT) {
      oldest = new Block();
      blocks.add(oldest);
    }
    oldest.number = number;
    oldest.transaction = transaction;
    oldest.writer = writer;
    oldest.filling = Thread.currentThread();
    oldest.filled = false;
    oldest.holders = 1;
    oldest.used = ++uses;
    return oldest;
  }
}
