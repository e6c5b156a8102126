package io.diffkeeper.keeper;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.capture.WritableMaps;
import io.diffkeeper.config.Configuration;
import io.diffkeeper.log.Log;
import io.diffkeeper.oci.ContainerState;
import io.diffkeeper.oci.OptIn;
import io.diffkeeper.store.Version;
import io.diffkeeper.sys.CleanMaps;
import io.diffkeeper.sys.Kernel;

/** Serves one request of the launcher: keeps a container, or finishes what a dead keeper left. */
final class Keeper {
  private final Kernel kernel;
  private final Configuration configuration;
  private final Log log;
  private final Events events;
  private final Spares spares;

  Keeper(Kernel kernel, Configuration configuration, Log log, Events events, Spares spares) {
    this.kernel = kernel;
    this.configuration = configuration;
    this.log = log;
    this.events = events;
    this.spares = spares;
  }

  /** Serves the request to its end. */
  void serve(Connection.Request request, Connection launcher) {
    ContainerState runtime = ContainerState.parse(request.body());
    log.container(runtime.id());
    switch (request.stage()) {
      case "createRuntime", "adopt" -> keep(runtime, request, launcher);
      case "poststop" -> finish(runtime, launcher);
      default ->
          throw new DiffKeeperException(
              ExitCode.BAD_INPUT, "unknown stage '" + request.stage() + "'");
    }
  }

  private void keep(ContainerState runtime, Connection.Request request, Connection launcher) {
    events.open(configuration);
    Ahead store = Ahead.open(configuration.store());
    try {
      boolean late = request.stage().equals("adopt");
      Container container = late ? Container.late(runtime) : Container.of(runtime);
      log.reached("container's configuration read");
      if (container.optIn() == null) {
        launcher.ready();
      } else {
        keep(container, request, launcher);
      }
    } finally {
      store.close();
    }
  }

  private void keep(Container container, Connection.Request request, Connection launcher) {
    try (Attachment attachment = new Attachment(kernel, configuration, log, container, events)) {
      try {
        if (!attachment.start()) {
          log.info("attached already");
          launcher.ready();
          return;
        }
      } catch (DiffKeeperException e) {
        if (e.exitCode() == ExitCode.BAD_INPUT
            || attachment.touched()
            || container.optIn().onFailure() != OptIn.OnFailure.CONTINUE) {
          throw e;
        }
        new Failures(configuration.runDir()).count(e.exitCode());
        log.error(e.getMessage() + "; starts without its state and is not captured (on-failure)");
        launcher.ready();
        return;
      }
      long traceNanos = request.traceNanos();
      if (traceNanos > 0) {
        launcher.trace(log.phases(traceNanos));
        log.phases(traceNanos).forEach(log::info);
      }
      if (!launcher.ready()) {
        log.warning("the runtime gave up before the container was ready");
        attachment.abandon();
        return;
      }
      launcher.close();
      attachment.remember(request.body());
      log.stage("capture");
      WritableMaps maps = WritableMaps.of(container.runtime().pid());
      attachment.capture(maps, this::settleDown, () -> CleanMaps.release(kernel));
      if (traceNanos > 0) { // whether or not a hook came while there was something to wait for
        log.phasesFrom(Watch.END_SEEN).forEach(log::info);
      }
    }
  }

  /** When the start is over, and nobody waits. */
  private void settleDown() {
    spares.fillUntended();
    System.gc(); // the heap began larger than it has to be
    CleanMaps.release(kernel);
  }

  /** Captures what a container left whose keeper died before it did. */
  private void finish(ContainerState runtime, Connection launcher) {
    log.stage("finish");
    RunFolder folder = new RunFolder(configuration.runDir(), runtime.id());
    if (!folder.exists()) {
      launcher.done("nothing to do");
      return;
    }
    Container container = Container.ended(folder.container().orElse(runtime));
    if (container.optIn() == null) {
      launcher.done("nothing to do");
      return;
    }
    try (Attachment attachment = new Attachment(kernel, configuration, log, container, events)) {
      Version last = attachment.finish();
      launcher.done(last == null ? "nothing to do" : Long.toString(last.number()));
    }
  }
}
