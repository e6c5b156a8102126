package io.diffkeeper.store;

import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.FileType;
import io.diffkeeper.tree.Name;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Checks the trees of one state after the other, each object that several versions share once.
 *
 * <p>Directories and manifests are always read. Leaves are read unless it is known already which
 * ones are damaged; then they only have to be there.
 */
final class TreeCheck {
  private static final long DIRECTORY = -1;
  private static final long BLOCK = -2;

  private final Objects objects;
  private final Space space;
  private final Scratch scratch;
  private final Set<Digest> damaged;
  private final Runnable each;

  /** What is sound with all that it refers to: files with their size, others with what they are. */
  private final Map<Digest, Long> sound = new HashMap<>();

  private final Map<Digest, List<Damage>> damagedFiles = new HashMap<>();
  private long hashed;
  private long bytes;

  /** Is told what is wrong. */
  interface Problems {
    void add(String path, Digest digest, String what);
  }

  /** Makes a directory of what is left of one; gives its digest. */
  interface Rest {
    Digest directory(List<Entry> entries);
  }

  private static final class Frame {
    final Digest digest;
    final Name path;
    final List<Entry> entries;
    final List<Entry> kept = new ArrayList<>();
    int next;
    boolean isSound = true;

    Frame(Digest digest, Name path, List<Entry> entries) {
      this.digest = digest;
      this.path = path;
      this.entries = entries;
    }

    /** Keeps the directory that was gone into last, as what is left of it. */
    void keep(Digest left) {
      Entry e = entries.get(next - 1);
      kept.add(new Entry(e.name(), e.metadata(), e.size(), left, e.target(), e.link()));
    }
  }

  /**
   * A check.
   *
   * @param damaged the damaged ones among all objects of the space; null if unknown
   * @param each is told when an object was looked at: as often, if all are sound, whether it is
   *     known which ones are damaged or not
   */
  TreeCheck(Objects objects, Space space, Scratch scratch, Set<Digest> damaged, Runnable each) {
    this.objects = objects;
    this.space = space;
    this.scratch = scratch;
    this.damaged = damaged;
    this.each = each;
  }

  /** Objects hashed by this check. */
  long objects() {
    return hashed;
  }

  /** Their plain size. */
  long bytes() {
    return bytes;
  }

  /** Checks a version's tree. */
  void root(Digest root, Problems problems) {
    rest(root, problems, entries -> root);
  }

  /**
   * Checks a version's tree, and gives what is left of it without what is damaged; a stack of our
   * own, because trees may be deeper than Java's.
   *
   * @return the root of what is left, the same one if all of it is; null if nothing is
   */
  Digest rest(Digest root, Problems problems, Rest rest) {
    Deque<Frame> stack = new ArrayDeque<>();
    if (!enter(root, Name.EMPTY, stack, problems)) {
      return null;
    }
    Digest left = root;
    while (!stack.isEmpty()) {
      Frame frame = stack.peek();
      if (frame.next == frame.entries.size()) {
        stack.pop();
        left = frame.isSound ? frame.digest : rest.directory(frame.kept);
        if (frame.isSound) {
          sound.put(frame.digest, DIRECTORY);
        }
        if (!stack.isEmpty()) {
          stack.peek().isSound &= frame.isSound;
          stack.peek().keep(left);
        }
        continue;
      }
      Entry entry = frame.entries.get(frame.next++);
      Name path = frame.path.resolve(entry.name());
      boolean isKept = true;
      if (entry.type() == FileType.DIRECTORY) {
        int depth = stack.size();
        isKept = enter(entry.content(), path, stack, problems);
        if (stack.size() > depth) {
          continue; // kept when it is known what is left of it
        }
      } else if (entry.type() == FileType.FILE) {
        isKept = file(entry, path, problems);
      }
      frame.isSound &= isKept;
      if (isKept) {
        frame.kept.add(entry);
      }
    }
    return left;
  }

  /** Goes into a directory unless it is known to be sound; false if it cannot be read. */
  private boolean enter(Digest digest, Name path, Deque<Frame> stack, Problems problems) {
    if (isSound(digest, DIRECTORY)) {
      return true;
    }
    try {
      List<Entry> entries = objects.directory(space, digest, scratch);
      count();
      each.run();
      boolean isRoot = Directories.kind(entries) == Kind.ROOT;
      if (isRoot && !stack.isEmpty()) {
        throw new Damage(digest, "is a version's root inside a directory");
      }
      stack.push(new Frame(digest, path, entries));
      return true;
    } catch (Damage e) {
      problems.add(path.toString(), e.digest(), e.getMessage());
      return false;
    }
  }

  private boolean file(Entry file, Name path, Problems problems) {
    if (isSound(file.content(), file.size())) {
      return true;
    }
    List<Damage> faults =
        damagedFiles.computeIfAbsent(file.content(), content -> faults(content, file.size()));
    if (faults.isEmpty()) {
      damagedFiles.remove(file.content());
      sound.put(file.content(), file.size());
    }
    faults.forEach(f -> problems.add(path.toString(), f.digest(), f.getMessage()));
    return faults.isEmpty();
  }

  private List<Damage> faults(Digest content, long size) {
    List<Damage> faults = new ArrayList<>();
    List<Digest> blocks = new ArrayList<>();
    try {
      new ManifestReader(objects, space, scratch)
          .walk(
              content,
              size,
              new ManifestReader.Visitor<RuntimeException>() {
                @Override
                public boolean block(long offset, Digest block) {
                  boolean unknown = !isSound(block, BLOCK);
                  if (unknown) {
                    blocks.add(block);
                  }
                  return unknown;
                }

                @Override
                public void leaf(long offset, int length, int holes, Digest leaf, boolean loaded) {
                  try {
                    check(leaf, length, loaded);
                  } catch (Damage e) {
                    if (faults.size() < VerifyReport.PROBLEMS_MAX) {
                      faults.add(new Damage(e.digest(), at(e.getMessage(), offset)));
                    }
                  }
                }

                @Override
                public void hole(long offset, long length) {}
              });
    } catch (Damage e) {
      faults.add(e);
    }
    if (faults.isEmpty()) {
      blocks.forEach(block -> sound.put(block, BLOCK));
    }
    return faults;
  }

  private static String at(String what, long offset) {
    return "leaf at " + offset + " " + what;
  }

  private void check(Digest leaf, int length, boolean loaded) {
    each.run();
    if (loaded) {
      count();
    } else if (leaf != null && damaged == null) {
      FileReader.loadLeaf(objects, space, leaf, length, scratch);
      count();
    } else if (leaf != null) {
      if (damaged.contains(leaf)) {
        throw new Damage(leaf, "is damaged");
      }
      if (!objects.has(space, leaf)) {
        throw new Damage(leaf, "is missing");
      }
    }
  }

  private boolean isSound(Digest digest, long as) {
    Long known = sound.get(digest);
    return known != null && known == as;
  }

  private void count() {
    if (damaged == null) { // else it was counted when all objects were read
      hashed++;
      bytes += scratch.plain().limit();
    }
  }
}
