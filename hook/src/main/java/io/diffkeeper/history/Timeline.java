package io.diffkeeper.history;

import io.diffkeeper.store.Author;
import io.diffkeeper.store.StateName;
import io.diffkeeper.store.Store;
import io.diffkeeper.store.Version;
import io.diffkeeper.store.Versions;
import io.diffkeeper.tree.Digest;
import java.util.Iterator;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** The versions of a state, each with what it changed. Holds one at a time. */
public final class Timeline {
  private final Store store;
  private final StateName state;
  private final Versions versions;

  /** The timeline of a state as it is now. */
  public Timeline(Store store, StateName state) {
    this.store = store;
    this.state = state;
    this.versions = new Versions(store, state);
  }

  /**
   * A version and what makes it differ from the one before that is still there; the oldest one
   * differs from the base.
   *
   * @param before number of the version before; 0 for the base
   * @param changes computed while they are looked at
   */
  public record Step(Version version, long before, Iterable<Change> changes) {
    /** The process that made one of the changes; null if that is not known. */
    public Author author(Change change) {
      return Authorship.of(change, version, before);
    }
  }

  /** Gives the steps to {@code sink}, the oldest one first. */
  public void walk(Predicate<Version> wanted, Consumer<Step> sink) {
    Version before = null;
    for (Version version : versions.oldestFirst()) {
      if (wanted.test(version)) {
        sink.accept(step(before, version));
      }
      before = version;
    }
  }

  /** Gives all steps to {@code sink}, the newest one first. */
  void walkBack(Consumer<Step> sink) {
    Iterator<Version> newestFirst = versions.newestFirst().iterator();
    Version version = newestFirst.hasNext() ? newestFirst.next() : null;
    while (version != null) {
      Version before = newestFirst.hasNext() ? newestFirst.next() : null;
      sink.accept(step(before, version));
      version = before;
    }
  }

  private Step step(Version before, Version version) {
    Digest root = before == null ? version.base() : before.root();
    long number = before == null ? 0 : before.number();
    return new Step(version, number, Changes.between(store, state, root, version.root()));
  }
}
