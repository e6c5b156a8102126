package io.diffkeeper.shim.trace;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The starts of containers that were seen, so that each counts once. Not thread-safe. */
final class Starts {
  private final Map<String, RunningContainer> seen = new HashMap<>();

  /** Containers that ran already when the tracer came. */
  private final Set<String> earlier = new HashSet<>();

  /** Counts a container; false if this start of it was seen before. */
  boolean add(RunningContainer container) {
    RunningContainer before = seen.put(container.id(), container);
    if (before != null && before.isSameStart(container)) {
      return false;
    }
    earlier.remove(container.id());
    return true;
  }

  /** Counts a container that ran already, until {@link #begins} it. */
  void addEarlier(RunningContainer container) {
    if (add(container)) {
      earlier.add(container.id());
    }
  }

  /** Takes a container for one that has just begun; false if it was none that ran already. */
  boolean begins(RunningContainer container) {
    return earlier.remove(container.id());
  }

  /** Forgets all others; returns their ids. */
  List<String> retain(List<RunningContainer> running) {
    List<String> gone = new ArrayList<>(seen.keySet());
    running.forEach(each -> gone.remove(each.id()));
    seen.keySet().removeAll(gone);
    earlier.removeAll(gone);
    return gone;
  }
}
