package io.diffkeeper.keeper;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.Retention;
import io.diffkeeper.config.Configuration;
import io.diffkeeper.log.Log;
import io.diffkeeper.store.StateName;
import io.diffkeeper.store.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Forgets the versions of one state that the configuration does not keep, and has the store
 * collected when some went. Never fails: what could not be done is logged, and done the next time.
 * Not thread-safe.
 */
final class Housekeeping {
  private static final long INTERVAL_NANOS = TimeUnit.MINUTES.toNanos(10);

  /** A collection gives way: to whoever needs the processor, and first when memory runs out. */
  private static final String COLLECT =
      "echo 1000 > /proc/self/oom_score_adj; exec nice -n 10 \"$0\" gc --store \"$1\"";

  private final Store store;
  private final StateName state;
  private final Configuration configuration;
  private final Log log;
  private long last = System.nanoTime();

  Housekeeping(Store store, StateName state, Configuration configuration, Log log) {
    this.store = store;
    this.state = state;
    this.configuration = configuration;
    this.log = log;
  }

  /** Does it if it was not done for a while. */
  void runIfDue() {
    if (System.nanoTime() - last >= INTERVAL_NANOS) {
      run();
    }
  }

  /** Forgets; the collection goes on by itself, whether or not this process does. */
  void run() {
    last = System.nanoTime();
    Retention retention = configuration.retention();
    if (retention.equals(Retention.NONE)) {
      return;
    }
    try {
      List<Long> forgotten = store.forget(state, retention, Instant.now());
      if (!forgotten.isEmpty()) {
        log.info("forgot " + forgotten.size() + " versions of " + state);
        collect();
      }
    } catch (DiffKeeperException | IOException e) {
      log.warning("old versions: " + e.getMessage());
    }
  }

  /**
   * In a process of its own, whose memory grows with the store; a keeper's does not. One that finds
   * another at work ends at once.
   */
  private void collect() throws IOException {
    Path program = Home.path().resolve("../../bin/diffkeeper");
    if (!Files.isExecutable(program)) {
      return; // classes that were never put together
    }
    Detached.start(
        List.of("/bin/sh", "-c", COLLECT, program.toString(), configuration.store().toString()));
  }
}
