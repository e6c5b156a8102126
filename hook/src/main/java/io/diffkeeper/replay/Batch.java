package io.diffkeeper.replay;

import io.diffkeeper.files.Dir;
import io.diffkeeper.store.SmallFiles;
import io.diffkeeper.sys.SyscallException;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.Name;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Small files of a stage that wait to be read and verified together; each is then written by
 * itself. For one thread; the crew stages what it hands over.
 */
final class Batch {
  private static final int FILES_MAX = 16;

  /** More would leave one thread without work at the end. */
  private static final long BYTES_MAX = 256 << 10;

  private final Staging staging;
  private final SmallFiles contents;
  private final Crew crew;
  private List<Item> waiting = new ArrayList<>();
  private long bytes;

  /**
   * A file to be staged.
   *
   * @param folder is released when that is done; null for none
   * @param path the full one, for messages
   */
  record Item(Entry entry, Dir dir, Folder folder, Name name, Name path) {}

  Batch(Staging staging, SmallFiles contents, Crew crew) {
    this.staging = staging;
    this.contents = contents;
    this.crew = crew;
  }

  /** Whether a file is small enough. */
  static boolean takes(Entry file) {
    return file.size() <= SmallFiles.BYTES_MAX;
  }

  void add(Item item) throws IOException {
    waiting.add(item);
    bytes += item.entry.size();
    if (waiting.size() == FILES_MAX || bytes >= BYTES_MAX) {
      handOver();
    }
  }

  /** Has the crew stage what waits. */
  void handOver() throws IOException {
    if (!waiting.isEmpty()) {
      List<Item> items = waiting;
      waiting = new ArrayList<>();
      bytes = 0;
      crew.add(() -> stage(items), items.size());
    }
  }

  private void stage(List<Item> items) throws IOException {
    try {
      if (!crew.failed()) {
        List<Entry> files = items.stream().map(Item::entry).toList();
        for (int left : contents.read(files, (i, all) -> create(items.get(i)).write(all))) {
          create(items.get(left)).write(0, Math.max(1, files.get(left).size()));
        }
      }
    } finally {
      release(items);
    }
  }

  private StagedFile create(Item item) throws SyscallException {
    return new StagedFile(staging, item.entry, item.dir, null, item.name, item.path);
  }

  private static void release(List<Item> items) throws SyscallException {
    if (!items.isEmpty()) {
      Folder folder = items.get(0).folder;
      try {
        if (folder != null) {
          folder.release();
        }
      } finally {
        release(items.subList(1, items.size()));
      }
    }
  }
}
