package io.diffkeeper.cli;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.config.Configuration;
import io.diffkeeper.store.StateName;
import io.diffkeeper.store.Store;
import io.diffkeeper.store.VersionRef;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Options of every command that looks into a store. */
final class StoreOptions {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Configuration file (default /etc/diffkeeper/config.toml).")
  Path config;

  @Option(names = "--store", paramLabel = "DIR", description = "The store's directory.")
  Path store;

  @Option(
      names = "--namespace",
      paramLabel = "NAMESPACE",
      description = "Namespace of names that have none (default: podman).")
  String namespace = "podman";

  Configuration configuration() {
    Configuration loaded = Configuration.load(Optional.ofNullable(config), System.getenv());
    return store == null ? loaded : loaded.with("store", store.toAbsolutePath().toString());
  }

  /** Opens the store; there has to be one. */
  Store open() {
    return Store.openExisting(configuration().store());
  }

  /**
   * A state by its name.
   *
   * @throws DiffKeeperException NOT_FOUND if the store has none of that name
   */
  StateName existing(Store store, String name) {
    StateName state = ref(name).state();
    if (store.state(state).isEmpty()) {
      throw new DiffKeeperException(ExitCode.NOT_FOUND, "no such state: " + state);
    }
    return state;
  }

  VersionRef ref(String text) {
    return VersionRef.parse(text, namespace);
  }
}
