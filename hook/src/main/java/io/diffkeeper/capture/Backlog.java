package io.diffkeeper.capture;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What is still to be read, and what has been read for a version that is not durable yet. Not
 * thread-safe.
 */
final class Backlog {
  private final Set<Node> dirty = new LinkedHashSet<>();
  private final Set<Node> inFlight = new LinkedHashSet<>();
  private final Set<Node> unsure = new LinkedHashSet<>();
  private int changes;

  /** A node has to be read again. */
  void dirty(Node node) {
    dirty.add(node);
  }

  /** Nodes have to be read again. */
  void dirty(Collection<Node> nodes) {
    dirty.addAll(nodes);
  }

  /** Everything that has to be read. */
  Collection<Node> peek() {
    return dirty;
  }

  /** How long the files are that have to be read, by what was last read of them. */
  long bytes() {
    return dirty.stream().mapToLong(node -> node.entry.size()).sum();
  }

  boolean isEmpty() {
    return dirty.isEmpty();
  }

  void clear() {
    dirty.clear();
  }

  /** Everything that is dirty; from now on it counts as read. */
  List<Node> take() {
    List<Node> batch = new ArrayList<>(dirty);
    dirty.clear();
    inFlight.addAll(batch);
    return batch;
  }

  /** A node has been read. */
  void read(Node node) {
    inFlight.add(node);
  }

  /**
   * A mapped file was read that had changed. Whoever stores into a mapping can be held up between
   * the event and the store for as long as the machine is busy, so one more look is due.
   */
  void unsure(Node node) {
    unsure.add(node);
  }

  /** Makes dirty what one more look is due at; returns whether there is any. */
  boolean lookAgain() {
    unsure.removeIf(node -> node.gone);
    boolean any = !unsure.isEmpty();
    dirty.addAll(unsure);
    unsure.clear();
    return any;
  }

  /** What was read differs from what was read before. */
  void changed() {
    changes++;
  }

  /** How many differences have been found so far. */
  int changes() {
    return changes;
  }

  /** Nodes read since the last version. */
  Set<Node> inFlight() {
    return inFlight;
  }

  /** What has been read is durable; returns those of it that have not changed again since. */
  List<Node> committed() {
    List<Node> done = inFlight.stream().filter(node -> !dirty.contains(node)).toList();
    inFlight.clear();
    return done;
  }

  /** What has been read is lost: all of it is dirty again. */
  void retry() {
    inFlight.forEach(Node::changed);
    inFlight.stream().filter(node -> !node.gone).forEach(dirty::add);
    inFlight.clear();
  }
}
