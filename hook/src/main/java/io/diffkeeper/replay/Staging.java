package io.diffkeeper.replay;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.files.Attributes;
import io.diffkeeper.files.Dir;
import io.diffkeeper.files.Fresh;
import io.diffkeeper.files.Inode;
import io.diffkeeper.files.StateDir;
import io.diffkeeper.store.ContentSink;
import io.diffkeeper.store.SmallFiles;
import io.diffkeeper.sys.Errno;
import io.diffkeeper.sys.Stat;
import io.diffkeeper.sys.SyscallException;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.FileType;
import io.diffkeeper.tree.Name;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * A private directory in a state-dir in which files are written and verified before any of them is
 * moved into place. What a killed replay left of it is removed by the next one.
 *
 * <p>A directory that is not there yet is staged whole, to be moved as one; everything else under a
 * number. Files are shared among a crew, all else is done by one thread.
 */
final class Staging implements AutoCloseable {

  /** A larger file is written by several threads. */
  private static final long ALONE_BYTES_MAX = 2L << 20;

  /** Each of them writes so much at a time, or more. */
  private static final long RANGE_BYTES = 1L << 20;

  private static final int RANGES_MAX = 64;

  /** To have room found for less takes longer than it saves. */
  static final long ALLOCATED_BYTES_MIN = 1 << 20;

  private static final int SPECIAL_CREATED = 0600;

  private final StateDir stateDir;
  private final Attributes attributes;
  private final ContentReader contents;
  private final Consumer<String> notes;
  private final Crew crew;
  private final Batch batch;
  private final Dir stage;
  private final Fresh fresh;
  private final Map<Long, Name> links = new HashMap<>();
  private final Stat before;
  private final AtomicLong bytes = new AtomicLong();
  private int numbers;
  private int staged;
  private boolean closed;

  /** Null until a file is large enough to ask. */
  private Boolean allocates;

  /** Reads what starts in a range of one file, verified; for all threads. */
  @FunctionalInterface
  interface ContentReader {
    void read(Entry file, long from, long to, ContentSink sink) throws IOException;
  }

  Staging(
      StateDir stateDir,
      Attributes attributes,
      ContentReader contents,
      SmallFiles smallFiles,
      Consumer<String> notes,
      Crew crew)
      throws SyscallException {
    this.stateDir = stateDir;
    this.attributes = attributes;
    this.contents = contents;
    this.notes = notes;
    this.crew = crew;
    this.batch = new Batch(this, smallFiles, crew);
    this.before = stateDir.dir().inode().stat();
    Dir made = null;
    try {
      stateDir.dir().remove(StateDir.STAGE);
      stateDir.dir().createDirectory(StateDir.STAGE);
      made = stateDir.dir().open(StateDir.STAGE);
      fresh = Fresh.in(made);
      stage = made;
    } catch (SyscallException e) {
      if (made != null) {
        made.close();
      }
      removeStage();
      throw e;
    }
  }

  Dir dir() {
    return stage;
  }

  /** Whether room is found for a file of that size before it is written. */
  boolean allocates(long size) {
    if (size < ALLOCATED_BYTES_MIN) {
      return false;
    }
    if (allocates == null) {
      allocates = stage.gainsByAllocation();
    }
    return allocates;
  }

  StateDir stateDir() {
    return stateDir;
  }

  /** Bytes of file content written so far. */
  long bytes() {
    return bytes.get();
  }

  /** Entries staged so far. */
  int count() {
    return staged;
  }

  /** Stages everything of a plan; files are written when the crew has finished. */
  void stage(Plan plan) throws IOException {
    try {
      existing(plan, stateDir.dir(), stateDir.path());
    } finally {
      batch.handOver();
    }
  }

  private Name number() {
    return Name.of(Integer.toString(numbers++));
  }

  /** For a directory that is there; {@code path} is the full one, for messages. */
  private void existing(Plan plan, Dir live, Name path) throws IOException {
    addMissing(plan, live);
    for (Plan.Place place : plan.places) {
      Name name = number();
      if (entry(place.entry, stage, null, name, path.resolve(place.entry.name()))) {
        place.staged = name;
      }
    }
    for (Iterator<Plan> all = plan.directories.iterator(); all.hasNext(); ) {
      Plan below = all.next();
      Name full = path.resolve(below.name);
      try (Dir there = live.open(below.name)) {
        existing(below, there, full);
      } catch (SyscallException e) {
        if (e.errno() == Errno.EXDEV) {
          note(full + ": is a mount of its own now, not restored");
          all.remove();
        } else if (e.errno() == Errno.ENOENT
            || e.errno() == Errno.ENOTDIR
            || e.errno() == Errno.ELOOP) {
          below.staged = number();
          whole(below, stage, below.staged, full);
        } else {
          throw e;
        }
      }
    }
  }

  private static void addMissing(Plan plan, Dir live) throws SyscallException {
    if (!plan.ifMissing.isEmpty()) {
      Set<Name> there = new HashSet<>();
      live.list().forEach(item -> there.add(item.name()));
      plan.ifMissing.stream()
          .filter(entry -> !there.contains(entry.name()))
          .forEach(entry -> plan.places.add(new Plan.Place(entry)));
    }
  }

  /** For a directory that is not there. */
  private void whole(Plan plan, Dir parent, Name name, Name path) throws IOException {
    parent.createDirectory(name);
    Folder folder = new Folder(parent.open(name), attributes, plan.metadata, fresh);
    staged++;
    try {
      plan.ifMissing.forEach(entry -> plan.places.add(new Plan.Place(entry)));
      for (Plan.Place place : plan.places) {
        Name child = place.entry.name();
        if (entry(place.entry, folder.dir(), folder, child, path.resolve(child))) {
          place.staged = child;
        }
      }
      for (Plan below : plan.directories) {
        whole(below, folder.dir(), below.name, path.resolve(below.name));
      }
    } finally {
      folder.release();
    }
  }

  /** Stages one entry; false if it is not to be restored. */
  private boolean entry(Entry entry, Dir dir, Folder folder, Name name, Name path)
      throws IOException {
    if (entry.link() != 0) {
      return link(entry, dir, name, path);
    }
    if (entry.type() == FileType.FILE) {
      if (folder != null) {
        folder.use();
      }
      if (entry.size() > ALONE_BYTES_MAX) {
        large(entry, dir, folder, name, path);
      } else if (Batch.takes(entry)) {
        batch.add(new Batch.Item(entry, dir, folder, name, path));
      } else {
        crew.add(() -> small(entry, dir, folder, name, path));
      }
    } else if (!other(entry, dir, name, path)) {
      return false;
    }
    staged++;
    return true;
  }

  private void small(Entry entry, Dir dir, Folder folder, Name name, Name path) throws IOException {
    try {
      if (!crew.failed()) {
        file(entry, dir, name, path);
      }
    } finally {
      if (folder != null) {
        folder.release();
      }
    }
  }

  /** Shares one file among the crew. */
  private void large(Entry entry, Dir dir, Folder folder, Name name, Name path) throws IOException {
    crew.start();
    StagedFile file = new StagedFile(this, entry, dir, folder, name, path);
    try {
      long length = rangeBytes(entry.size());
      for (long left = entry.size(); left > 0; left -= length) {
        long from = entry.size() - left;
        long to = from + Math.min(length, left);
        file.use();
        crew.add(() -> file.write(from, to));
      }
    } finally {
      file.release();
    }
  }

  /** Few ranges whatever the size, most of which may be hole. */
  private static long rangeBytes(long size) {
    long ranges = Math.min(RANGES_MAX, (size - 1) / RANGE_BYTES + 1);
    return ((size - 1) / ranges / RANGE_BYTES + 1) * RANGE_BYTES;
  }

  private void file(Entry entry, Dir dir, Name name, Name path) throws IOException {
    new StagedFile(this, entry, dir, null, name, path).write(0, Math.max(1, entry.size()));
  }

  /** The first name of a file is staged under a number, and all its names are links to that. */
  private boolean link(Entry entry, Dir dir, Name name, Name path) throws IOException {
    Name first = links.get(entry.link());
    if (first == null) {
      first = number();
      if (entry.type() == FileType.FILE) {
        file(entry, stage, first, path);
      } else if (!other(entry, stage, first, path)) {
        return false;
      }
      links.put(entry.link(), first);
    }
    stage.link(first, dir, name);
    staged++;
    return true;
  }

  private boolean other(Entry entry, Dir dir, Name name, Name path) throws IOException {
    switch (entry.type()) {
      case SYMLINK -> {
        dir.createSymlink(name, entry.target());
        attributes(entry, dir, name, path);
      }
      case FIFO -> special(entry, dir, name, path);
      case CHAR_DEVICE, BLOCK_DEVICE -> {
        if (!attributes.policy().devices()) {
          note(path + ": device node not restored: allow-devices is off");
          return false;
        }
        special(entry, dir, name, path);
      }
      default ->
          throw new DiffKeeperException(
              ExitCode.CORRUPT, path + ": a version cannot have a " + entry.type());
    }
    return true;
  }

  /** Writes what starts in a range of a file that is being staged. */
  void write(Entry entry, long from, long to, ContentSink sink) throws IOException {
    if (!crew.failed()) {
      contents.read(entry, from, to, sink);
    }
  }

  /** A file has been written. */
  void written(Inode file, Entry entry, int created, Name path, long bytesWritten)
      throws SyscallException {
    bytes.addAndGet(bytesWritten);
    note(path, attributes.applyNew(file, entry.metadata(), fresh, created));
  }

  private void special(Entry entry, Dir dir, Name name, Name path) throws SyscallException {
    dir.createSpecial(name, entry.type(), entry.metadata().device());
    attributes(entry, dir, name, path);
  }

  private void attributes(Entry entry, Dir dir, Name name, Name path) throws SyscallException {
    try (Inode inode = dir.openAttributes(name)) {
      note(path, attributes.applyNew(inode, entry.metadata(), fresh, SPECIAL_CREATED));
    }
  }

  private void note(Name path, String withheld) {
    if (withheld != null) {
      note(path + ": " + withheld + " not restored: allow-setuid is off");
    }
  }

  private void note(String line) {
    synchronized (notes) {
      notes.accept(line);
    }
  }

  /** Removes the stage with what is left in it, and gives the state-dir its time back. */
  @Override
  public void close() throws SyscallException {
    if (!closed) {
      closed = true;
      stage.close();
      removeStage();
    }
  }

  private void removeStage() throws SyscallException {
    stateDir.dir().remove(StateDir.STAGE);
    stateDir.dir().inode().setModified(before.mtimeSeconds(), before.mtimeNanos());
  }
}
