package io.diffkeeper.history;

import io.diffkeeper.store.Author;
import io.diffkeeper.store.StateName;
import io.diffkeeper.store.Store;
import io.diffkeeper.store.Version;
import io.diffkeeper.tree.Digest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** The versions of a state, oldest first, each with what it changed. */
public final class Timeline {
  private final Store store;
  private final StateName state;

  /** The timeline of a state; nothing is read yet. */
  public Timeline(Store store, StateName state) {
    this.store = store;
    this.state = state;
  }

  /**
   * A version and what makes it differ from the one before that is still there; the oldest one
   * differs from the base.
   *
   * @param before number of the version before; 0 for the base
   * @param changes ordered by path
   */
  public record Step(Version version, long before, List<Change> changes) {
    /** The process that made one of the changes; null if that is not known. */
    public Author author(Change change) {
      return Authorship.of(change, version, before);
    }
  }

  /** Gives the steps to {@code sink}, one at a time. */
  public void walk(Predicate<Version> wanted, Consumer<Step> sink) {
    List<Version> versions = new ArrayList<>(store.versions(state));
    Collections.reverse(versions);
    Digest before = null;
    long number = 0;
    for (Version version : versions) {
      if (before == null) {
        before = version.base();
      }
      if (wanted.test(version)) {
        List<Change> changes = Changes.between(store, state, before, version.root());
        sink.accept(new Step(version, number, changes));
      }
      before = version.root();
      number = version.number();
    }
  }

  /** All steps that are wanted. */
  public List<Step> steps(Predicate<Version> wanted) {
    List<Step> steps = new ArrayList<>();
    walk(wanted, steps::add);
    return steps;
  }
}
