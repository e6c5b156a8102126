package io.diffkeeper.capture;

import io.diffkeeper.bpf.DirtySink;
import io.diffkeeper.bpf.EventSource;
import io.diffkeeper.bpf.Writer;
import io.diffkeeper.files.Attributes;
import io.diffkeeper.files.StateDir;
import io.diffkeeper.store.Author;
import io.diffkeeper.store.Cut;
import io.diffkeeper.store.VersionWriter;
import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.Name;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Follows a container's state-dirs and turns what changed into versions. Not thread-safe: one
 * thread scans, drains events and commits, so an event is never handled while a directory is read.
 */
public final class Capture {
  /** How often a picture is read again, at most, to be settled. */
  public static final int SETTLING_ROUNDS = 5;

  /** Two would do: what had changed before the container stood still, and what a rename left. */
  private static final int FROZEN_ROUNDS_MAX = 4;

  private final WritableMaps maps;
  private final Freezer freezer;
  private final int roundsMax;
  private final Consumer<String> notes;
  private final Profiler profiler;
  private final Backlog backlog = new Backlog();
  private final LiveTree tree;
  private final Authors authors;
  private final TreeReader reader;
  private boolean sweepDue;
  private boolean scanned;
  private long events;
  private long lost;
  private long drainedNanos;

  /** What was seen to be mapped since it was last asked for: there may have been stores since. */
  private Set<Long> mapped = new HashSet<>();

  /** Inodes that events named before the whole tree was read. */
  private final Set<Long> early = new HashSet<>();

  private final DirtySink sink =
      new DirtySink() {
        @Override
        public void dirty(long inode, long parentInode, Writer writer) {
          if (!scanned) {
            early.add(inode);
          }
          List<Node> nodes = tree.index.nodes(inode);
          if (nodes.isEmpty()) {
            List<Node> parents = tree.index.nodes(parentInode);
            if (!parents.isEmpty()) {
              authors.told(inode, writer);
            }
            told(parents);
          } else {
            nodes.forEach(node -> authors.told(node, writer));
            told(nodes);
          }
        }

        @Override
        public void dirtyEntry(long directoryInode, byte[] name, Writer writer) {
          Name wanted = Name.of(name);
          for (Node directory : tree.index.nodes(directoryInode)) {
            Node child = directory.isDirectory() ? directory.children.get(wanted) : null;
            List<Node> nodes =
                child == null ? List.of(directory) : tree.index.nodes(child.stat.inode());
            nodes.forEach(node -> authors.told(node, writer));
            told(nodes);
          }
        }

        private void told(List<Node> nodes) {
          if (!nodes.isEmpty()) {
            events++;
            backlog.dirty(nodes);
            profiler.changed(nodes.get(0), drainedNanos);
          }
        }

        @Override
        public void lost(long count) {
          notes.accept(count + " kernel events lost: scanning the whole tree");
          lost += count;
          sweepDue = true;
        }
      };

  /**
   * What a commit found.
   *
   * @param root digest of the version's tree
   * @param cut how consistent the picture is across files
   * @param changed entries that were read again
   * @param authors who changed them, by full path, where that is known
   */
  public record Picture(Digest root, Cut cut, long changed, Map<Name, Author> authors) {}

  /**
   * Capture of one container; nothing is read yet.
   *
   * @param excluded tells, by path relative to the state-dir, what is not kept
   * @param maps tells what the container's processes have mapped
   * @param freezer stops the container when nothing else makes a picture consistent
   * @param kept entries of state-dirs that are not there any more, to be in every version as they
   *     are
   * @param roundsMax how often to read again what changed meanwhile, before the container is frozen
   *     or the picture is fuzzy
   * @param profiler learns how often each file changes
   * @param notes is told, a line each, what could not be kept and why
   */
  public Capture(
      List<StateDir> stateDirs,
      Attributes attributes,
      Predicate<Name> excluded,
      WritableMaps maps,
      Freezer freezer,
      List<Entry> kept,
      int roundsMax,
      Profiler profiler,
      Consumer<String> notes) {
    this.maps = maps;
    this.freezer = freezer;
    this.roundsMax = roundsMax;
    this.profiler = profiler;
    this.notes = notes;
    this.tree = new LiveTree(stateDirs, kept);
    this.authors = new Authors(tree);
    this.reader = new TreeReader(tree, backlog, authors, attributes, excluded, notes);
  }

  /** Regular files in the state. */
  public long files() {
    return tree.index.files();
  }

  /** Sum of the regular files' lengths, in bytes. */
  public long bytes() {
    return tree.index.bytes();
  }

  /** Bytes of content that were read so far. */
  public long readBytes() {
    return reader.readBytes();
  }

  /** Why whoever writes on an overlay of this host pays for this capture; empty if nobody does. */
  public String shortfall() {
    return reader.shortfall();
  }

  /** Kernel events taken so far that concern the state. */
  public long events() {
    return events;
  }

  /** Kernel events that were lost so far, at most. */
  public long lost() {
    return lost;
  }

  /** Whether nothing is dirty but files that change all the time. */
  public boolean isOnlyHotDirty() {
    return !sweepDue && profiler.areHot(backlog.peek(), System.nanoTime());
  }

  /** The files that change most, hottest first. */
  public List<Profiler.Hot> hottest(int most) {
    return profiler.hottest(most, tree, System.nanoTime());
  }

  /** Whether there is something to read. */
  public boolean isDirty() {
    return sweepDue || !backlog.isEmpty();
  }

  /** Takes the waiting events of a source; returns whether anything is dirty now. */
  public boolean drain(EventSource source) {
    drainedNanos = System.nanoTime();
    source.drain(sink);
    return isDirty();
  }

  /** Makes the next picture compare the whole tree by metadata. */
  public void requestSweep() {
    sweepDue = true;
  }

  /**
   * Makes dirty what is mapped for writing and may have changed without an event: on tmpfs whatever
   * is, or was when it was last read, elsewhere what had changed when it was last read.
   *
   * @return whether there is any such file
   */
  public boolean touchMapped() {
    boolean again = backlog.lookAgain();
    if (!scanned || !tree.isOnTmpfs()) {
      return again;
    }
    Set<Long> now = mapped();
    Set<Node> nodes = tree.onTmpfs(mapped);
    mapped = new HashSet<>(now);
    backlog.dirty(nodes);
    return again || !nodes.isEmpty();
  }

  /**
   * Reads the whole tree for the first time.
   *
   * @param known entries by full path whose content need not be read if size and time match and no
   *     event has told of it
   * @param source is told of each directory
   */
  public Picture scan(Map<Name, Entry> known, EventSource source, VersionWriter writer)
      throws IOException {
    backlog.clear();
    source.drain(sink);
    sweepDue = false;
    reader.begin(source, writer, mapped());
    reader.scan(known, early);
    scanned = true;
    early.clear();
    return new Picture(tree.digest(writer), Cut.SETTLED, tree.index.files(), Map.of());
  }

  private Set<Long> mapped() {
    Set<Long> now = maps.inodes();
    if (tree.isOnTmpfs()) {
      mapped.addAll(now);
    }
    return now;
  }

  /** Whether the whole tree has been read once. */
  public boolean isScanned() {
    return scanned;
  }

  /** Everything that was read, by full path in the container; directories without content. */
  public Map<Name, Entry> entries() {
    return tree.entries();
  }

  /**
   * Reads everything dirty until nothing changes any more, or as often as allowed.
   *
   * <p>Settled means proven: when the last event was taken, every file still was what had been
   * read. After a failure everything read is dirty again.
   *
   * @param source tells what changes meanwhile
   */
  public Picture picture(EventSource source, VersionWriter writer) throws IOException {
    Cut cut = Cut.SETTLED;
    try {
      boolean proven = source.isComplete();
      for (int round = 1; drain(source) || !proven; round++) {
        if (round > roundsMax) {
          cut = frozen(source, writer);
          break;
        }
        // Without every event, only a sweep that finds nothing proves that nothing changed.
        sweepDue |= !source.isComplete();
        int before = backlog.changes();
        readDirty(source, writer);
        proven = source.isComplete() || backlog.changes() == before;
      }
      reader.store();
      Set<Node> read = backlog.inFlight();
      return new Picture(tree.digest(writer), cut, read.size(), authors.of(read));
    } catch (IOException | RuntimeException e) {
      reader.drop();
      retryInFlight();
      throw e;
    }
  }

  /**
   * Reads what is left while the container stands still; nothing can change then but from outside.
   */
  private Cut frozen(EventSource source, VersionWriter writer) throws IOException {
    if (!freezer.freeze()) {
      return Cut.FUZZY;
    }
    try {
      touchMapped();
      sweepDue |= !source.isComplete();
      for (int round = 0; round < FROZEN_ROUNDS_MAX && drain(source); round++) {
        readDirty(source, writer);
      }
      return drain(source) ? Cut.FUZZY : Cut.FROZEN;
    } finally {
      freezer.thaw();
    }
  }

  /** To be called once the picture is durable: what was read for it need not be read again. */
  public void committed() {
    authors.committed(backlog.committed());
  }

  /** To be called if the picture could not be made durable: all of it is dirty again. */
  public void retryInFlight() {
    backlog.retry();
  }

  private void readDirty(EventSource source, VersionWriter writer) throws IOException {
    reader.begin(source, writer, mapped());
    if (source.isComplete()) {
      reader.hold(); // else only what is stored can be compared with what was read before
    }
    // To see what is mapped takes time: what changed meanwhile is read now, not in one round more.
    source.drain(sink);
    List<Node> batch = backlog.take();
    if (sweepDue) {
      sweepDue = false;
      reader.sweep();
    }
    for (Node node : batch) {
      if (!node.gone) {
        reader.readAgain(node);
      }
    }
    reader.end();
  }
}
