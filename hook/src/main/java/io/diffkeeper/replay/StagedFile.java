package io.diffkeeper.replay;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.files.Dir;
import io.diffkeeper.files.Inode;
import io.diffkeeper.store.ContentSink;
import io.diffkeeper.sys.SyscallException;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.Name;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A file that is being written and verified, by several threads if it is large: when the last one
 * is done, it gets its attributes and is closed. Whoever writes a range has it for as long.
 */
final class StagedFile {
  private static final int PERMISSIONS = 0777;

  private final Staging staging;
  private final Entry entry;
  private final Folder folder;
  private final Name path;
  private final int permissions;
  private final boolean allocated;
  private final Inode file;
  private final AtomicInteger users = new AtomicInteger(1);
  private final AtomicLong end = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();
  private volatile boolean broken;

  /**
   * Creates a file; its maker counts as the first user.
   *
   * @param folder is released when the file is done; null for none
   * @param path the full one, for messages
   */
  StagedFile(Staging staging, Entry entry, Dir dir, Folder folder, Name name, Name path)
      throws SyscallException {
    this.staging = staging;
    this.entry = entry;
    this.folder = folder;
    this.path = path;
    this.permissions = entry.metadata().permissions() & PERMISSIONS;
    this.allocated = staging.allocates(entry.size());
    try {
      this.file = dir.createFile(name, permissions);
    } catch (SyscallException e) {
      if (folder != null) {
        folder.release();
      }
      throw e;
    }
  }

  void use() {
    users.incrementAndGet();
  }

  /** Writes what is no hole in a range, and releases the file. */
  void write(long from, long to) throws IOException {
    run(() -> staging.write(entry, from, to, new Writer()));
  }

  /** Writes all that is in it, verified before, and releases the file. */
  void write(ByteBuffer all) throws IOException {
    run(
        () -> {
          if (all.hasRemaining()) {
            new Writer().data(0, all);
          }
        });
  }

  private void run(Crew.Job job) throws IOException {
    boolean done = false;
    try {
      job.run();
      done = true;
    } catch (DiffKeeperException e) {
      // The store knows digests only.
      throw new DiffKeeperException(e.exitCode(), path + ": " + e.getMessage(), e);
    } finally {
      if (!done) {
        broken = true;
      }
      release();
    }
  }

  void release() throws SyscallException {
    if (users.decrementAndGet() > 0) {
      return;
    }
    try (file) {
      if (!broken) {
        if (end.get() != entry.size()) {
          file.truncate(entry.size()); // what was not written at the end is a hole
        }
        staging.written(file, entry, permissions, path, bytes.get());
      }
    } finally {
      if (folder != null) {
        folder.release();
      }
    }
  }

  private final class Writer implements ContentSink {
    @Override
    public void dataFollows(long offset, long length) {
      if (allocated && length >= Staging.ALLOCATED_BYTES_MIN) {
        file.allocate(offset, length);
      }
    }

    @Override
    public void data(long offset, ByteBuffer data) throws IOException {
      int length = data.remaining();
      file.write(data, offset);
      bytes.addAndGet(length);
      end.accumulateAndGet(offset + length, Math::max);
    }

    @Override
    public void hole(long offset, long length) {
      // What is skipped is one.
    }
  }
}
