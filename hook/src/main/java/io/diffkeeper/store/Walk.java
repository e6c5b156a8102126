package io.diffkeeper.store;

import io.diffkeeper.HashAlgorithm;
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
    void object(HashAlgorithm algorithm, Digest digest);
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
  void tree(HashAlgorithm algorithm, Digest root) {
    Deque<Digest> directories = new ArrayDeque<>();
    directories.push(root);
    while (!directories.isEmpty()) {
      Digest directory = directories.pop();
      if (!enter(algorithm, directory)) {
        continue;
      }
      for (Entry entry : objects.directory(algorithm, directory, scratch)) {
        if (entry.type() == FileType.DIRECTORY) {
          directories.push(entry.content());
        } else if (entry.type() == FileType.FILE && enter(algorithm, entry.content())) {
          file(algorithm, entry);
        }
      }
    }
  }

  private void file(HashAlgorithm algorithm, Entry file) {
    new ManifestReader(objects, algorithm, scratch)
        .walk(
            file.content(),
            file.size(),
            new ManifestReader.Visitor<RuntimeException>() {
              @Override
              public boolean block(long offset, Digest block) {
                return enter(algorithm, block);
              }

              @Override
              public void leaf(long offset, int length, int holes, Digest leaf, boolean loaded) {
                if (leaf != null) {
                  visit(algorithm, leaf);
                }
              }

              @Override
              public void hole(long offset, long length) {}
            });
  }

  /** Visits an object that refers to others; whether these are still to be visited. */
  private boolean enter(HashAlgorithm algorithm, Digest digest) {
    visit(algorithm, digest);
    return entered.add(algorithm, digest);
  }

  /** Visits an object and the ones it depends on, unless it was visited. */
  private void visit(HashAlgorithm algorithm, Digest digest) {
    Digest at = digest;
    while (at != null && marks.add(algorithm, at)) {
      visitor.object(algorithm, at);
      at = base(algorithm, at);
    }
  }

  private Digest base(HashAlgorithm algorithm, Digest digest) {
    return environment.read(
        txn -> {
          StoredObject object = objects.open(txn, algorithm, digest, scratch);
          if (object == null) {
            throw new Damage(digest, "is missing or damaged");
          }
          return object.base();
        });
  }
}
