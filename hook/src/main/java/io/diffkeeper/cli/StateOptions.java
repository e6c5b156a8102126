package io.diffkeeper.cli;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.store.StateName;
import io.diffkeeper.store.Store;
import io.diffkeeper.store.VersionRef;
import picocli.CommandLine.Option;

/** Options of every command that is about states. */
final class StateOptions extends StoreOptions {
  private static final String NAMESPACE = "podman";

  @Option(
      names = "--namespace",
      paramLabel = "NAMESPACE",
      description =
          "Namespace of a name that has none (default: podman). Without a name: only its states.")
  String namespace;

  /** Whether a command that was given no name is about the state. */
  boolean lists(StateName state) {
    return namespace == null || namespace.equals(state.namespace());
  }

  /**
   * Refuses a namespace without a name, where that means the whole store.
   *
   * @throws DiffKeeperException USAGE
   */
  void requireNone() {
    if (namespace != null) {
      throw new DiffKeeperException(
          ExitCode.USAGE, "--namespace: give a NAME, too; without one it is the whole store");
    }
  }

  /**
   * A state by its name.
   *
   * @throws DiffKeeperException NOT_FOUND if the store has none of that name
   */
  StateName existing(Store store, String name) {
    return existing(store, state(name));
  }

  /** The same of one that has been read already. */
  StateName existing(Store store, StateName state) {
    if (store.state(state).isEmpty()) {
      throw new DiffKeeperException(ExitCode.NOT_FOUND, "no such state: " + state);
    }
    return state;
  }

  /**
   * The state of a name without a version: who gives one expects something else.
   *
   * @throws DiffKeeperException USAGE if it has one
   */
  StateName state(String name) {
    if (name.indexOf('@') >= 0) {
      throw new DiffKeeperException(
          ExitCode.USAGE,
          "'" + name + "': a version has no meaning here, this is for all of a state");
    }
    return ref(name).state();
  }

  VersionRef ref(String text) {
    return VersionRef.parse(text, namespace == null ? NAMESPACE : namespace);
  }
}
