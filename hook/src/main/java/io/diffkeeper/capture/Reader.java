package io.diffkeeper.capture;

import io.diffkeeper.files.Attributes;
import io.diffkeeper.files.Dir;
import io.diffkeeper.files.Inode;
import io.diffkeeper.files.UpperDir;
import io.diffkeeper.store.FileContent;
import io.diffkeeper.store.VersionWriter;
import io.diffkeeper.sys.Errno;
import io.diffkeeper.sys.Stat;
import io.diffkeeper.sys.SyscallException;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.FileType;
import io.diffkeeper.tree.Metadata;
import io.diffkeeper.tree.Name;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Reads single entries of the live tree so that no change is lost: whatever begins after a stat is
 * reported by the kernel as a new event, and whatever began before it is over after the barrier.
 */
final class Reader {
  private static final long RACY_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
  private static final long MAPPED_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(2);
  private static final int BLOCK_BYTES = 512;

  private final TreeIndex index;
  private final Attributes attributes;
  private final Held held;
  private Set<Long> mapped = Set.of();
  private long readBytes;
  private Map<Name, Entry> known = Map.of();
  private Set<Long> changed = Set.of();

  Reader(TreeIndex index, Attributes attributes, Held held) {
    this.index = index;
    this.attributes = attributes;
    this.held = held;
  }

  /** Inodes that are mapped for writing now. */
  void setMapped(Set<Long> inodes) {
    this.mapped = inodes;
  }

  /**
   * Entries whose content is known without reading them if size and time match; by full path.
   *
   * @param changed inodes of which it is not
   */
  void setKnown(Map<Name, Entry> entries, Set<Long> changed) {
    this.known = entries;
    this.changed = changed;
  }

  /** Bytes of content that were read so far. */
  long readBytes() {
    return readBytes;
  }

  /** Whether an error only says that the entry changed or went between two calls. */
  static boolean vanished(SyscallException e) {
    return switch (e.errno()) {
      case Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP, Errno.EINVAL, Errno.ESTALE, Errno.ENXIO ->
          true;
      default -> false;
    };
  }

  /**
   * Reads an entry into its node, content included.
   *
   * @param dir the open parent
   * @param path the full path in the container
   * @param previous what was last read under this name; null for none
   */
  void read(Dir dir, Node node, FileType type, Name path, Entry previous, VersionWriter writer)
      throws IOException {
    switch (type) {
      case FILE -> readFile(dir, node, path, previous, writer);
      case SYMLINK -> readOther(dir, node, dir.readLink(node.name));
      default -> readOther(dir, node, null);
    }
  }

  private void readOther(Dir dir, Node node, Name target) throws SyscallException {
    try (Inode inode = dir.openAttributes(node.name)) {
      Stat stat = inode.stat();
      Metadata metadata = attributes.read(inode, stat);
      node.setEntry(new Entry(node.name, metadata, 0, null, target, link(stat)), stat);
      node.racy = isRacy(stat);
    }
  }

  /** Reads the state-dir's or another open directory's own attributes. */
  void readDirectory(Dir dir, Node node) throws SyscallException {
    Stat stat = dir.inode().stat();
    Metadata metadata = attributes.read(dir.inode(), stat);
    node.setEntry(new Entry(node.name, metadata, 0, null, null, 0), stat);
    node.racy = isRacy(stat);
  }

  private void readFile(Dir dir, Node node, Name path, Entry previous, VersionWriter writer)
      throws IOException {
    try (Inode file = dir.openFile(node.name)) {
      boolean isMapped = isAmong(mapped, file.stat(), node);
      if (isMapped) {
        // Stores under way get past their page fault; then write-protecting the pages makes the
        // next one fault again. Measured: without the wait, two of three late stores are missed.
        LockSupport.parkNanos(MAPPED_WAIT_NANOS);
        file.stat();
        file.sync();
      }
      file.barrier();
      // A write that was under way has told already, and its length shows only now that it is over.
      Stat stat = file.stat();
      Metadata metadata = attributes.read(file, stat);
      FileContent content = isMapped ? null : knownContent(node, stat, metadata, path);
      Entry base = previous == null ? known.get(path) : previous;
      boolean sparse = stat.blocks() * BLOCK_BYTES < stat.size();
      boolean tryToHold = content == null && !isMapped && !sparse;
      if (tryToHold && held.read(file, stat.size(), node, base)) {
        content = new FileContent(null, node.held.size());
        readBytes += content.size();
      } else {
        if (content == null) {
          FileContentSource source = new FileContentSource(file, stat.size(), sparse);
          content = writer.file(source, base);
          readBytes += source.readBytes();
        }
        node.let();
      }
      node.setEntry(
          new Entry(node.name, metadata, content.size(), content.digest(), null, link(stat)), stat);
      node.mapped = isMapped;
      node.racy = isRacy(stat);
    }
  }

  /** The content of another name of the same inode, or of what a replay has just put here. */
  private FileContent knownContent(Node node, Stat stat, Metadata metadata, Name path) {
    for (Node twin : index.nodes(stat.inode())) {
      if (twin.isFile()
          && !twin.racy
          && !twin.mapped
          && twin.held == null
          && twin.stat.unchangedSince(stat)
          && twin.stat.device() == stat.device()) {
        return new FileContent(twin.entry.content(), twin.entry.size());
      }
    }
    Entry entry = known.get(path);
    boolean same =
        entry != null
            && !isAmong(changed, stat, node)
            && entry.type() == FileType.FILE
            && entry.size() == stat.size()
            && entry.metadata().mtimeSeconds() == metadata.mtimeSeconds()
            && entry.metadata().mtimeNanos() == metadata.mtimeNanos();
    return same ? new FileContent(entry.content(), entry.size()) : null;
  }

  private static boolean isAmong(Set<Long> inodes, Stat stat, Node node) {
    return inodes.contains(stat.inode())
        || node.upper != UpperDir.NONE && inodes.contains(node.upper);
  }

  private static long link(Stat stat) {
    return stat.nlink() > 1 ? stat.inode() : 0;
  }

  private static boolean isRacy(Stat stat) {
    Instant now = Instant.now();
    long age =
        TimeUnit.SECONDS.toNanos(now.getEpochSecond() - stat.ctimeSeconds())
            + now.getNano()
            - stat.ctimeNanos();
    return age < RACY_NANOS;
  }
}
