package io.diffkeeper.store;

import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.FileType;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Visits everything that trees consist of, each object once: directories, manifests, leaves, and
 * what they are stored as deltas on.
 */
final class Walk {
  private final Objects objects;
  private final Environment environment;
  private final Scratch scratch;
  private final Marks marks;

  /** What was gone into: a base that is only kept for others' sake has contents, too. */
  private final Marks entered = new Marks();

  private final Visitor visitor;

  /** Is told of each object. */
  @FunctionalInterface
  interface Visitor {
    void object(Space space, Digest digest);

    /** A file has a leaf, of so many plain bytes; told of each file once, so of a leaf often. */
    default void leaf(Space space, Digest leaf, int length) {}
  }

  Walk(Store store, Scratch scratch, Marks marks, Visitor visitor) {
    this.objects = store.objects();
    this.environment = store.environment();
    this.scratch = scratch;
    this.marks = marks;
    this.visitor = visitor;
  }

  /**
   * Visits a tree.
   *
   * @throws Damage if a part of it cannot be read: what is beneath it is not known then
   */
  void tree(Space space, Digest root) {
    Deque<Digest> directories = new ArrayDeque<>();
    directories.push(root);
    while (!directories.isEmpty()) {
      Digest directory = directories.pop();
      if (!enter(space, directory)) {
        continue;
      }
      for (Entry entry : objects.directory(space, directory, scratch)) {
        if (entry.type() == FileType.DIRECTORY) {
          directories.push(entry.content());
        } else if (entry.type() == FileType.FILE && enter(space, entry.content())) {
          file(space, entry);
        }
      }
    }
  }

  private void file(Space space, Entry file) {
    new ManifestReader(objects, space, scratch)
        .walk(
            file.content(),
            file.size(),
            new ManifestReader.Visitor<RuntimeException>() {
              @Override
              public boolean block(long offset, Digest block) {
                return enter(space, block);
              }

              @Override
              public void leaf(long offset, int length, int holes, Digest leaf, boolean loaded) {
                if (leaf != null) {
                  visit(space, leaf);
                  visitor.leaf(space, leaf, length);
                }
              }

              @Override
              public void hole(long offset, long length) {}
            });
  }

  /** Visits an object that refers to others; whether these are still to be visited. */
  private boolean enter(Space space, Digest digest) {
    visit(space, digest);
    return entered.add(space, digest);
  }

  /** Visits an object and the ones it depends on, unless it was visited. */
  private void visit(Space space, Digest digest) {
    Digest at = digest;
    while (at != null && marks.add(space, at)) {
      visitor.object(space, at);
      at = base(space, at);
    }
  }

  private Digest base(Space space, Digest digest) {
    return environment.read(
        txn -> {
          StoredObject object = objects.open(txn, space, digest, scratch);
          if (object == null) {
            throw new Damage(digest, "is missing or damaged");
          }
          return object.base();
        });
  }
}
