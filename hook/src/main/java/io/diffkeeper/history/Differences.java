package io.diffkeeper.history;

import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.FileType;
import io.diffkeeper.tree.Name;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Function;

/**
 * Walks two trees at once and tells where they differ: a directory, then what is in it, in the
 * order of the names. Directories of the same digest are the same and are not read. What it holds
 * is the lists of the directories that it is in; the stack is our own, because trees may be deeper
 * than Java's.
 */
final class Differences {
  private static final List<Entry> NOTHING = List.of();

  private final Function<Digest, List<Entry>> directories;
  private final Deque<Frame> stack = new ArrayDeque<>();
  private Difference last;

  /** Two directories, or one that has no other. */
  private static final class Frame {
    final Name path;
    final List<Entry> before;
    final List<Entry> after;
    int i;
    int j;

    Frame(Name path, List<Entry> before, List<Entry> after) {
      this.path = path;
      this.before = before;
      this.after = after;
    }

    boolean isOver() {
      return i == before.size() && j == after.size();
    }

    Difference next() {
      int order =
          i == before.size()
              ? 1
              : j == after.size() ? -1 : before.get(i).name().compareTo(after.get(j).name());
      Entry old = order <= 0 ? before.get(i++) : null;
      Entry now = order >= 0 ? after.get(j++) : null;
      return new Difference(path.resolve((old == null ? now : old).name()), old, now);
    }
  }

  /**
   * A walk.
   *
   * @param before digest of a root; null for the empty tree
   * @param after likewise
   */
  Differences(Function<Digest, List<Entry>> directories, Digest before, Digest after) {
    this.directories = directories;
    push(Name.EMPTY, before, after);
  }

  /** The next difference; null if there is none any more. */
  Difference next() {
    enter();
    while (!stack.isEmpty()) {
      Frame frame = stack.peek();
      if (frame.isOver()) {
        stack.pop();
        continue;
      }
      last = frame.next();
      if (isReal(last)) {
        return last;
      }
      enter();
    }
    return null;
  }

  /** Has the walk not go into what it told of last. */
  void skip() {
    last = null;
  }

  private static boolean isReal(Difference found) {
    if (!found.isOfOneType()) {
      return true;
    }
    // A directory's time changes with its list, which is told of anyway.
    return found.isDirectory()
        ? !found.before().metadata().equalsButTime(found.after().metadata())
        : !found.before().sameContent(found.after())
            || !found.before().metadata().equals(found.after().metadata());
  }

  private void enter() {
    if (last != null) {
      push(last.path(), list(last.before()), list(last.after()));
      last = null;
    }
  }

  /** The digest of a directory's list; null for all else. */
  private static Digest list(Entry entry) {
    return entry == null || entry.type() != FileType.DIRECTORY ? null : entry.content();
  }

  private void push(Name path, Digest before, Digest after) {
    boolean same = before == null ? after == null : before.equals(after);
    if (!same) {
      stack.push(new Frame(path, read(before), read(after)));
    }
  }

  private List<Entry> read(Digest digest) {
    return digest == null ? NOTHING : directories.apply(digest);
  }
}
