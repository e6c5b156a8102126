package io.diffkeeper.archive;

import io.diffkeeper.store.Space;
import io.diffkeeper.store.Store;
import io.diffkeeper.store.VersionRef;
import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.FileType;
import io.diffkeeper.tree.Name;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.util.HashMap;
import java.util.Map;

/** Writes a version as a tar archive, each state-dir under its path. */
public final class TarExport {
  /** Smaller holes are zeros: not every tar knows holes. */
  private static final int HOLES_BYTES_MIN = 64 << 10;

  private final Store store;
  private final Space space;
  private final TarWriter tar;
  private final Map<Long, Name> linked = new HashMap<>();
  private long entries;
  private long bytes;

  private TarExport(Store store, Space space, WritableByteChannel out) {
    this.store = store;
    this.space = space;
    this.tar = new TarWriter(out);
  }

  /**
   * What was written.
   *
   * @param entries files, directories and all else
   * @param bytes of file content
   */
  public record Done(long entries, long bytes) {}

  /**
   * Writes a version; what was written before a failure is no whole archive.
   *
   * @throws IOException if the archive cannot be written
   * @throws io.diffkeeper.DiffKeeperException CORRUPT if the version does not verify
   */
  public static Done write(Store store, VersionRef.Found found, WritableByteChannel out)
      throws IOException {
    Space space = store.state(found.state()).orElseThrow().space();
    TarExport export = new TarExport(store, space, out);
    for (Entry top : store.directory(space, found.root())) {
      export.entry(top.name().suffix(1), top); // tar makes what leads there by itself
    }
    export.tar.end();
    return new Done(export.entries, export.bytes);
  }

  private void entry(Name path, Entry entry) throws IOException {
    Name first = entry.link() == 0 ? null : linked.putIfAbsent(entry.link(), path);
    boolean isFile = entry.type() == FileType.FILE && first == null;
    tar.entry(path, entry, first, isFile ? sparse(entry) : null);
    entries++;
    if (entry.type() == FileType.DIRECTORY) {
      directory(path, entry.content());
    } else if (isFile) {
      store.read(space, entry, tar);
      tar.pad();
      bytes += entry.size();
    }
  }

  /** Where a file has data; null if it has no holes to speak of, or too many. */
  private SparseMap sparse(Entry file) {
    if (file.size() < HOLES_BYTES_MIN) {
      return null;
    }
    long[] extents = store.extents(space, file, TarContent.EXTENTS_MAX - 1);
    SparseMap map = extents == null ? null : new SparseMap(extents, file.size());
    return map == null || file.size() - map.dataBytes() < HOLES_BYTES_MIN ? null : map;
  }

  private void directory(Name path, Digest content) throws IOException {
    for (Entry child : store.directory(space, content)) {
      entry(path.resolve(child.name()), child);
    }
  }
}
