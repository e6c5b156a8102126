package io.diffkeeper.keeper;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.bpf.EventSource;
import io.diffkeeper.bpf.EventTarget;
import io.diffkeeper.config.Configuration;
import io.diffkeeper.log.Log;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * The process's one event source, opened ahead of need: loading programs into the kernel takes as
 * long as a replay, turning them to a container takes microseconds. Owns the source. Not
 * thread-safe.
 */
final class Events implements AutoCloseable {
  private final Log log;
  private CompletableFuture<EventSource> opening;

  Events(Log log) {
    this.log = log;
  }

  /** Begins to open the source, on another thread; the first call's configuration counts. */
  void open(Configuration configuration) {
    if (opening == null) {
      opening =
          CompletableFuture.supplyAsync(
              () -> {
                EventSource source = Home.events(configuration, EventTarget.NONE, log);
                log.reached("event source open");
                return source;
              });
    }
  }

  /**
   * The source, watching a container from now on.
   *
   * @throws DiffKeeperException (ATTACH_FAILED) if there is none
   */
  EventSource watch(Configuration configuration, EventTarget target) {
    open(configuration);
    try {
      EventSource source = opening.join();
      source.watch(target);
      return source;
    } catch (CompletionException e) {
      if (e.getCause() instanceof DiffKeeperException known) {
        throw known;
      }
      throw failed(e.getCause());
    } catch (RuntimeException refused) {
      throw failed(refused); // the kernel takes the programs and not this container
    }
  }

  /** Nothing is kept for some time: what costs others is taken out of the kernel. */
  void rest() {
    opening.thenAccept(EventSource::narrow);
  }

  private static DiffKeeperException failed(Throwable why) {
    return new DiffKeeperException(
        ExitCode.ATTACH_FAILED, "no event source: " + why.getMessage(), why);
  }

  @Override
  public void close() {
    if (opening != null) {
      opening.thenAccept(EventSource::close);
    }
  }
}
