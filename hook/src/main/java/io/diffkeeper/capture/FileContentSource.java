package io.diffkeeper.capture;

import io.diffkeeper.files.Inode;
import io.diffkeeper.store.ContentSource;
import io.diffkeeper.sys.SyscallException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;

/** An open file's bytes and holes, for the store to read. */
final class FileContentSource implements ContentSource {
  private final Inode file;
  private final long size;
  private final boolean sparse;
  private final AtomicLong readBytes = new AtomicLong();

  /**
   * Reads an open file.
   *
   * @param size its length when it was opened; it may change while it is read
   * @param sparse whether it is worth asking for holes
   */
  FileContentSource(Inode file, long size, boolean sparse) {
    this.file = file;
    this.size = size;
    this.sparse = sparse;
  }

  /** How much was read so far. */
  long readBytes() {
    return readBytes.get();
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public boolean isRandomAccess() {
    return true;
  }

  @Override
  public int read(ByteBuffer to, long offset) throws SyscallException {
    // What a growing file has gained since is a later change, and the end of this read.
    long left = size - offset;
    if (left <= 0) {
      return -1;
    }
    int limit = to.limit();
    to.limit((int) Math.min(limit, to.position() + left));
    int n = file.read(to, offset);
    to.limit(limit);
    readBytes.addAndGet(n);
    return n == 0 ? -1 : n;
  }

  @Override
  public long nextData(long offset) {
    if (!sparse) {
      return offset;
    }
    long data = file.nextData(offset);
    return data < 0 ? size : Math.min(data, size);
  }

  @Override
  public long nextHole(long offset) {
    if (!sparse) {
      return size;
    }
    long hole = file.nextHole(offset);
    return hole < 0 ? size : Math.min(hole, size);
  }
}
