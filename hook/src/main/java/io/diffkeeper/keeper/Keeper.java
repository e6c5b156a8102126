package io.diffkeeper.keeper;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.config.Configuration;
import io.diffkeeper.log.Log;
import io.diffkeeper.oci.ContainerState;
import io.diffkeeper.oci.OptIn;
import io.diffkeeper.store.Version;
import io.diffkeeper.sys.Kernel;

/** Serves one request of the launcher: keeps a container, or finishes what a dead keeper left. */
final class Keeper {
  private final Kernel kernel;
  private final Configuration configuration;
  private final Log log;

  Keeper(Kernel kernel, Configuration configuration, Log log) {
    this.kernel = kernel;
    this.configuration = configuration;
    this.log = log;
  }

  /** Reads the request and serves it to its end. */
  void serve(Connection launcher) {
    Connection.Request request = launcher.receive();
    ContainerState runtime = ContainerState.parse(request.body());
    log.container(runtime.id());
    switch (request.stage()) {
      case "createRuntime" -> keep(runtime, launcher);
      case "poststop" -> finish(runtime, launcher);
      default ->
          throw new DiffKeeperException(
              ExitCode.BAD_INPUT, "unknown stage '" + request.stage() + "'");
    }
  }

  private void keep(ContainerState runtime, Connection launcher) {
    Container container = Container.of(runtime);
    if (container.optIn() == null) {
      launcher.ready();
      return;
    }
    try (Attachment attachment = new Attachment(kernel, configuration, log, container)) {
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
        log.error(e.getMessage() + "; starts without its state and is not captured (on-failure)");
        launcher.ready();
        return;
      }
      if (!launcher.ready()) {
        log.warning("the runtime gave up before the container was ready");
        attachment.abandon();
        return;
      }
      launcher.close();
      log.stage("capture");
      attachment.capture();
    }
  }

  /** Captures what a container left whose keeper died before it did. */
  private void finish(ContainerState runtime, Connection launcher) {
    log.stage("finish");
    RunFolder folder = new RunFolder(configuration.runDir(), runtime.id());
    if (!folder.exists()) {
      launcher.done("nothing to do");
      return;
    }
    Container container = Container.of(runtime);
    if (container.optIn() == null) {
      launcher.done("nothing to do");
      return;
    }
    try (Attachment attachment = new Attachment(kernel, configuration, log, container)) {
      Version last = attachment.finish();
      launcher.done(last == null ? "nothing to do" : Long.toString(last.number()));
    }
  }
}
