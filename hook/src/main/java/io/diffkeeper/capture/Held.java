package io.diffkeeper.capture;

import io.diffkeeper.files.Inode;
import io.diffkeeper.store.ContentSource;
import io.diffkeeper.store.VersionWriter;
import io.diffkeeper.sys.SyscallException;
import io.diffkeeper.tree.Entry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Contents that were read and are not stored yet. To read small files takes microseconds, to digest
 * and compress them takes milliseconds; so that a picture settles even while a container writes
 * without a pause, the second waits until the first is proven. Bounded memory; what does not fit is
 * stored while it is read. Not thread-safe.
 */
final class Held {
  private static final int BYTES_MIN = 256 << 10;
  private static final int BYTES_MAX = 4 << 20;

  private final Set<Node> waiting = new LinkedHashSet<>();
  private ByteBuffer memory = ByteBuffer.allocateDirect(0);
  private boolean open;

  /** A file's bytes. */
  record Content(ByteBuffer bytes) implements ContentSource {
    @Override
    public long size() {
      return bytes.limit();
    }

    @Override
    public boolean isRandomAccess() {
      return true;
    }

    @Override
    public int read(ByteBuffer to, long offset) {
      int n = (int) Math.min(to.remaining(), size() - offset);
      if (n <= 0) {
        return -1;
      }
      to.put(bytes.slice((int) offset, n));
      return n;
    }

    @Override
    public ByteBuffer inMemory(long offset, int length) {
      return length <= size() - offset ? bytes.slice((int) offset, length) : null;
    }

    @Override
    public long nextData(long offset) {
      return offset;
    }

    @Override
    public long nextHole(long offset) {
      return size();
    }
  }

  /**
   * Begins a batch.
   *
   * @param bytes how much is going to be read, as far as that is known
   */
  void begin(long bytes) {
    open = true;
    if (waiting.isEmpty()) {
      memory.clear();
      long wanted = Math.min(BYTES_MAX, Math.max(BYTES_MIN, 2 * bytes));
      if (memory.capacity() < wanted) {
        memory = ByteBuffer.allocateDirect((int) wanted);
      }
    }
  }

  /** Begins a batch in which nothing is held. */
  void pass() {
    open = false;
  }

  /**
   * Reads a node's file, if there is room for it.
   *
   * @param size how many bytes long it is, or was
   * @param before the file that it replaces, as it was last stored; may be null
   * @return false if nothing was read
   */
  boolean read(Inode file, long size, Node node, Entry before) throws SyscallException {
    if (!open || size > memory.remaining()) {
      return false;
    }
    ByteBuffer bytes = memory.slice(memory.position(), (int) size);
    while (bytes.hasRemaining() && file.read(bytes, bytes.position()) > 0) {
      // Goes on until it has all, or the end of a file that has become shorter.
    }
    memory.position(memory.position() + bytes.position());
    node.held = new Content(bytes.flip());
    node.before = before;
    waiting.add(node);
    return true;
  }

  /** Stores what is held. */
  void store(VersionWriter writer) throws IOException {
    for (Node node : waiting) {
      if (node.held != null && !node.gone) {
        node.stored(writer.file(node.held, node.before));
      }
    }
    waiting.clear();
  }

  /** Forgets what is held: all of it is going to be read again. */
  void drop() {
    waiting.clear();
  }
}
