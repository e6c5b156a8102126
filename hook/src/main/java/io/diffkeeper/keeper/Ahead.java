package io.diffkeeper.keeper;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.diffkeeper.bpf.EventSources;
import io.diffkeeper.oci.ContainerState;
import io.diffkeeper.oci.OptIn;
import io.diffkeeper.store.Store;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * What a cold start can have another processor do meanwhile: nothing of it has a result that is
 * missed, so whatever fails here fails, and is reported, where it is needed.
 */
final class Ahead {
  private static final byte[] STATE =
      "{\"ociVersion\":\"1.0.2\",\"id\":\"a\",\"status\":\"created\",\"pid\":1,\"bundle\":\"/\"}"
          .getBytes(UTF_8);

  private final CompletableFuture<Store> opening;

  private Ahead(CompletableFuture<Store> opening) {
    this.opening = opening;
  }

  /** Loads code that every start runs, while the process is set up and its request comes. */
  static void load() {
    CompletableFuture.runAsync(Store::load);
    CompletableFuture.runAsync(
        () -> {
          ContainerState.parse(STATE);
          OptIn.parse(Map.of("io.diffkeeper.state-dir", "/a"), Optional.empty());
          EventSources.load();
        });
  }

  /**
   * Opens a store, if it is there, while it is found out whose state is wanted. Stores of one
   * process share what they have open, so the next one finds most of the work done.
   */
  static Ahead open(Path store) {
    return new Ahead(
        CompletableFuture.supplyAsync(
            () -> Files.isDirectory(store) ? Store.openExisting(store) : null));
  }

  /** Lets go of the store, when it has been opened. */
  void close() {
    opening.thenAccept(
        store -> {
          if (store != null) {
            store.close();
          }
        });
  }
}
