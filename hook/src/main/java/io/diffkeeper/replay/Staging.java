package io.diffkeeper.replay;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.files.Attributes;
import io.diffkeeper.files.Dir;
import io.diffkeeper.files.Inode;
import io.diffkeeper.files.StateDir;
import io.diffkeeper.store.ContentSink;
import io.diffkeeper.sys.Stat;
import io.diffkeeper.sys.SyscallException;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.Name;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A private directory in a state-dir in which files are written and verified before any of them is
 * moved into place. What a killed replay left of it is removed by the next one.
 */
final class Staging implements AutoCloseable {
  private final StateDir stateDir;
  private final Attributes attributes;
  private final ContentReader contents;
  private final Consumer<String> notes;
  private final Dir stage;
  private final Map<Long, Name> links = new HashMap<>();
  private final Stat before;
  private int staged;
  private boolean closed;
  private long bytes;

  /** Reads one file's verified content. */
  @FunctionalInterface
  interface ContentReader {
    void read(Entry file, ContentSink sink) throws IOException;
  }

  Staging(StateDir stateDir, Attributes attributes, ContentReader contents, Consumer<String> notes)
      throws SyscallException {
    this.stateDir = stateDir;
    this.attributes = attributes;
    this.contents = contents;
    this.notes = notes;
    this.before = stateDir.dir().inode().stat();
    stateDir.dir().remove(StateDir.STAGE);
    stateDir.dir().createDirectory(StateDir.STAGE);
    this.stage = stateDir.dir().open(StateDir.STAGE);
  }

  Dir dir() {
    return stage;
  }

  StateDir stateDir() {
    return stateDir;
  }

  /** Bytes of file content written so far. */
  long bytes() {
    return bytes;
  }

  /** Entries staged so far. */
  int count() {
    return staged;
  }

  /** Stages everything of a plan; {@code path} is the directory's, for messages. */
  void stage(Plan plan, Name path) throws IOException {
    for (Plan.Place place : plan.places) {
      place.staged = stage(place.entry, path.resolve(place.entry.name()));
    }
    for (Plan below : plan.directories) {
      stage(below, path.resolve(below.name));
    }
  }

  /** The name under which the entry now is in the stage, or null if it is not to be restored. */
  private Name stage(Entry entry, Name path) throws IOException {
    Name name = Name.of(Integer.toString(staged));
    Name first = entry.link() == 0 ? null : links.get(entry.link());
    if (first != null) {
      stage.link(first, stage, name);
      staged++;
      return name;
    }
    switch (entry.type()) {
      case FILE -> file(entry, name, path);
      case SYMLINK -> {
        stage.createSymlink(name, entry.target());
        attributes(entry, name, path);
      }
      case FIFO -> special(entry, name, path);
      case CHAR_DEVICE, BLOCK_DEVICE -> {
        if (!attributes.policy().devices()) {
          notes.accept(path + ": device node not restored: allow-devices is off");
          return null;
        }
        special(entry, name, path);
      }
      default ->
          throw new DiffKeeperException(
              ExitCode.CORRUPT, path + ": a version cannot have a " + entry.type());
    }
    if (entry.link() != 0) {
      links.put(entry.link(), name);
    }
    staged++;
    return name;
  }

  private void file(Entry entry, Name name, Name path) throws IOException {
    try (Inode file = stage.createFile(name)) {
      contents.read(
          entry,
          new ContentSink() {
            @Override
            public void data(long offset, ByteBuffer data) throws IOException {
              bytes += data.remaining();
              file.write(data, offset);
            }

            @Override
            public void hole(long offset, long length) {
              // The file is truncated to its full length below: what was not written is a hole.
            }
          });
      file.truncate(entry.size());
      note(path, attributes.apply(file, entry.metadata()));
    } catch (DiffKeeperException e) {
      // The store knows digests only.
      throw new DiffKeeperException(e.exitCode(), path + ": " + e.getMessage(), e);
    }
  }

  private void special(Entry entry, Name name, Name path) throws SyscallException {
    stage.createSpecial(name, entry.type(), entry.metadata().device());
    attributes(entry, name, path);
  }

  private void attributes(Entry entry, Name name, Name path) throws SyscallException {
    try (Inode inode = stage.openAttributes(name)) {
      note(path, attributes.apply(inode, entry.metadata()));
    }
  }

  private void note(Name path, String withheld) {
    if (withheld != null) {
      notes.accept(path + ": " + withheld + " not restored: allow-setuid is off");
    }
  }

  /** Removes the stage with what is left in it, and gives the state-dir its time back. */
  @Override
  public void close() throws SyscallException {
    if (!closed) {
      closed = true;
      stage.close();
      stateDir.dir().remove(StateDir.STAGE);
      stateDir.dir().inode().setModified(before.mtimeSeconds(), before.mtimeNanos());
    }
  }
}
