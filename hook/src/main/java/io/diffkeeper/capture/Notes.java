package io.diffkeeper.capture;

import io.diffkeeper.tree.Name;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;

/** Tells, once for each path, what could not be kept as it should be. Not thread-safe. */
final class Notes {
  private final Consumer<String> to;
  private final Set<Name> noted = new HashSet<>();

  Notes(Consumer<String> to) {
    this.to = to;
  }

  void tell(Name path, String what) {
    if (noted.add(path)) {
      to.accept(path + ": " + what);
    }
  }
}
