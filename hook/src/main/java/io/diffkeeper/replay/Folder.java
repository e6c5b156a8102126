package io.diffkeeper.replay;

import io.diffkeeper.files.Attributes;
import io.diffkeeper.files.Dir;
import io.diffkeeper.files.Fresh;
import io.diffkeeper.sys.SyscallException;
import io.diffkeeper.tree.Metadata;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A directory that is being filled by several threads: when the last one is done, it gets its
 * attributes, the modification time among them, and is closed.
 */
final class Folder {
  private static final int CREATED = 0700;

  private final Dir dir;
  private final Attributes attributes;
  private final Metadata metadata;
  private final Fresh fresh;
  private final AtomicInteger users = new AtomicInteger(1);

  /** Takes over an open directory; its maker counts as the first user. */
  Folder(Dir dir, Attributes attributes, Metadata metadata, Fresh fresh) {
    this.dir = dir;
    this.attributes = attributes;
    this.metadata = metadata;
    this.fresh = fresh;
  }

  Dir dir() {
    return dir;
  }

  void use() {
    users.incrementAndGet();
  }

  void release() throws SyscallException {
    if (users.decrementAndGet() == 0) {
      try (dir) {
        attributes.applyNew(dir.inode(), metadata, fresh, CREATED);
      }
    }
  }
}
