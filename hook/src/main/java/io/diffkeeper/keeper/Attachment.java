package io.diffkeeper.keeper;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.bpf.EventSource;
import io.diffkeeper.bpf.EventTarget;
import io.diffkeeper.bpf.Still;
import io.diffkeeper.capture.Freezer;
import io.diffkeeper.capture.WritableMaps;
import io.diffkeeper.config.Configuration;
import io.diffkeeper.log.Log;
import io.diffkeeper.oci.OptIn;
import io.diffkeeper.store.Version;
import io.diffkeeper.sys.Call;
import io.diffkeeper.sys.Kernel;
import io.diffkeeper.sys.SyscallException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * A keeper's attachment to one container: its directories, its events, its process. Made before the
 * container starts, given up when its last version is durable. Not thread-safe.
 */
final class Attachment implements AutoCloseable {
  private final Kernel kernel;
  private final Configuration configuration;
  private final Log log;
  private final Container container;
  private final Events events;
  private Subject subject;
  private final RunFolder folder;
  private Hold hold;
  private Trees trees;
  private CompletableFuture<EventSource> attaching;
  private EventSource source;
  private CgroupFreezer freezer;
  private int process = -1;

  /** None until the container's own process runs: before, it has mapped nothing. */
  private WritableMaps maps = WritableMaps.none();

  private int listening = -1;

  Attachment(
      Kernel kernel, Configuration configuration, Log log, Container container, Events events) {
    this.kernel = kernel;
    this.configuration = configuration;
    this.log = log;
    this.container = container;
    this.events = events;
    this.subject = container.subject(configuration);
    this.folder = new RunFolder(configuration.runDir(), container.id());
  }

  /** Whether a replay may have changed the container's tree. */
  boolean touched() {
    return hold != null && hold.touched();
  }

  /**
   * Replays, attaches, and gets ready to capture: after this, the container may start.
   *
   * @return false if another keeper is attached to this very start of the container
   * @throws DiffKeeperException if the container is not to start like this
   */
  boolean start() {
    long pid = container.runtime().pid();
    if (Claim.isTaken(configuration.store(), subject)) {
      return false;
    }
    try {
      take();
      log.reached("store open, state locked");
      if (container.late()) {
        hold.tellOfUnplayed();
        maps = WritableMaps.of(pid);
      }
      process = (int) Kernel.check(Call.PIDFD_OPEN, "process " + pid, kernel.pidfdOpen(pid));
      attaching = CompletableFuture.supplyAsync(() -> attach(pid));
      trees = Trees.live(kernel, container);
      log.reached("state-dirs open");
      hold.start(
          trees.dirs(),
          () -> maps.inodes(),
          subject.consistency() == OptIn.Consistency.FREEZE ? freezer(pid) : Freezer.none(),
          this::attached);
      folder.create(subject.state() + "\n");
      listening = folder.listen(kernel);
      log.reached("ready");
      return true;
    } catch (SyscallException e) {
      throw new DiffKeeperException(ExitCode.REPLAY_FAILED, e.getMessage(), e);
    } finally {
      if (listening < 0 && !touched() && trees != null) {
        trees.root().removeMade();
      }
    }
  }

  private void take() {
    hold = new Hold(kernel, configuration, log, subject);
    subject = hold.subject();
  }

  private Freezer freezer(long pid) {
    log.stage("attach");
    freezer = CgroupFreezer.of(pid, log);
    return freezer;
  }

  /** On a thread of its own, while the replay is planned and staged. */
  private EventSource attach(long pid) {
    EventSource opened = events.watch(configuration, EventTarget.of(pid));
    EventSource attached = container.late() ? new LateSource(opened) : opened;
    log.reached("attached");
    log.info("event source " + attached.name());
    return attached;
  }

  /** The source, from which events flow. */
  private EventSource attached() {
    if (source == null) {
      log.stage("attach");
      try {
        source = attaching.join();
      } catch (CompletionException e) {
        throw e.getCause() instanceof RuntimeException known ? known : e;
      }
    }
    return source;
  }

  /** Makes the last version durable, as when the container has ended. */
  Version last() {
    return hold.session().last(() -> trees.intact(container));
  }

  /** Keeps what the runtime told of the container, should this keeper be killed. */
  void remember(byte[] state) {
    folder.remember(state);
  }

  /** The runtime does not start the container after all. */
  void abandon() {
    folder.remove();
  }

  /**
   * Captures until the container has ended and its last version is durable.
   *
   * @param mapped tells what the container's processes have mapped from now on
   * @param started what to do meanwhile, when the container has had some time for its own start
   * @param idle what to do whenever it has been idle for a while
   */
  void capture(WritableMaps mapped, Runnable started, Runnable idle) {
    maps = mapped;
    EndReader end = new EndReader(kernel, container.id(), container.runtime().pid(), process, log);
    Watch.Chores chores = new Watch.Chores(end::look, started, idle);
    Watch watch = new Watch(kernel, configuration, hold, log, chores);
    try {
      watch.run(process, listening);
      log.stage("final");
      end.look(); // before all else: the runtime is about to remove what tells
      Version last = last();
      log.reached("last version durable");
      unwatch();
      log.reached("events no longer watched");
      log.info("container ended; last version is " + last.number());
      hold.tell(end.read());
      log.reached("end recorded");
      folder.remove();
      watch.finished(last);
      events.rest();
      hold.housekeeping().run();
    } catch (DiffKeeperException e) {
      watch.failed(e);
      throw e;
    }
  }

  /**
   * Captures what a container left behind whose keeper died.
   *
   * @return the last version, or null if there is nothing to do
   */
  Version finish() {
    try {
      take();
      if (!folder.exists()) {
        return null;
      }
      trees = Trees.ended(kernel, container);
      source = new Still();
      if (!hold.resume(trees.dirs(), trees.missing(), source)) {
        log.warning("another container has started on state " + subject.state() + " since");
        folder.remove();
        return null;
      }
      Version last = last();
      log.info("finished for a keeper that died; last version is " + last.number());
      folder.remove();
      return last;
    } catch (SyscallException e) {
      throw new DiffKeeperException(ExitCode.INTERNAL, e.getMessage(), e);
    }
  }

  /**
   * Its events are not wanted any more. The kernel may give the next container the same namespace:
   * as long as we watch that, its keeper has to load programs of its own.
   */
  private void unwatch() {
    if (attaching != null) {
      attaching.handle((attached, failure) -> attached).thenAccept(Attachment::unwatch).join();
      attaching = null;
    }
  }

  private static void unwatch(EventSource attached) {
    if (attached != null) {
      attached.watch(EventTarget.NONE);
    }
  }

  @Override
  public void close() {
    unwatch();
    for (int fd : new int[] {process, listening}) {
      if (fd >= 0) {
        kernel.close(fd);
      }
    }
    if (freezer != null) {
      freezer.close();
    }
    if (trees != null) {
      trees.close();
    }
    if (hold != null) {
      hold.close();
    }
  }
}
