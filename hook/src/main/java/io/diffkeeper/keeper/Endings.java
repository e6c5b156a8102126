package io.diffkeeper.keeper;

import io.diffkeeper.store.Ending;
import io.diffkeeper.store.StateInfo;
import io.diffkeeper.store.StateName;
import io.diffkeeper.store.Store;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Records how containers ended, for who is told of it and is not their keeper.
 *
 * @param store the store's directory; there may be none yet
 */
public record Endings(Path store) {
  /** The state that a container took over and nobody has since; empty if there is none. */
  public Optional<StateName> stateOf(String containerId) {
    if (!Files.isDirectory(store)) {
      return Optional.empty();
    }
    try (Store opened = Store.openExisting(store)) {
      return opened.states().stream()
          .filter(info -> info.lastContainer().equals(containerId))
          .map(StateInfo::name)
          .findFirst();
    }
  }

  /** Adds to what the container's last version says of its end. */
  public void record(StateName state, String containerId, Ending ending) {
    try (Store opened = Store.openExisting(store)) {
      opened.ended(state, containerId, ending);
    }
  }
}
