package io.diffkeeper.cli;

import io.diffkeeper.config.Configuration;
import io.diffkeeper.store.Store;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Options of every command that looks into a store. */
class StoreOptions {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Configuration file (default /etc/diffkeeper/config.toml).")
  Path config;

  @Option(names = "--store", paramLabel = "DIR", description = "The store's directory.")
  Path store;

  Configuration configuration() {
    Configuration loaded = Configuration.load(Optional.ofNullable(config), System.getenv());
    return store == null ? loaded : loaded.with("store", store.toAbsolutePath().toString());
  }

  /** Opens the store; there has to be one. */
  Store open() {
    return Store.openExisting(configuration().store());
  }
}
