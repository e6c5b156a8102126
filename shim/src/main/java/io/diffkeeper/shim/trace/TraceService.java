package io.diffkeeper.shim.trace;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.User;
import io.diffkeeper.bpf.ContainerEvents;
import io.diffkeeper.log.Log;
import io.diffkeeper.oci.ContainerSpec;
import io.diffkeeper.oci.ContainerState;
import io.diffkeeper.oci.Origin;
import io.diffkeeper.shim.adoption.Adopter;
import io.diffkeeper.shim.adoption.Sighting;
import io.diffkeeper.shim.adoption.Tally;
import io.diffkeeper.sys.Kernel;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Sees containers start, by the kernel's events, and where there are none by looking; has those
 * that opted in adopted, and a command run for each.
 *
 * <p>Events are read by one thread, which never waits for anything else. All else is done by
 * another, which looks up what the events tell, again and again for a while, as a runtime may write
 * down a container only after it has begun. Now and then, and whenever an event was lost, it looks
 * at all that runs.
 */
public final class TraceService implements Runnable {
  private static final Duration LOOK = Duration.ofSeconds(30);
  private static final Duration LOOK_WITHOUT_EVENTS = Duration.ofSeconds(1);

  /** An event that comes so early may be of a container that was being started when we came. */
  private static final Duration BEGINNING = Duration.ofSeconds(5);

  private static final long RETRY_MILLIS_MIN = 10;
  private static final int TRIES_MAX = 10; // 5 s in all

  /** New cgroups whose paths are remembered until something starts in them. */
  private static final int PATHS_MAX = 8192;

  /** Events in line; more are as good as lost. */
  private static final int WAITING_MAX = 10_000;

  private final Optional<Events> events;
  private final Duration every;
  private final Census census;
  private final Adopter adopter;
  private final boolean autoInject;
  private final Injector injector;
  private final Tally tally;
  private final Log log;
  private final long begun = System.nanoTime();
  private final Starts starts = new Starts();
  private final AtomicInteger waiting = new AtomicInteger();
  private final Map<Long, String> paths =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, String> eldest) {
          return size() > PATHS_MAX;
        }
      };
  private final ScheduledExecutorService lookout =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            Thread thread = new Thread(work, "lookout");
            thread.setDaemon(true);
            return thread;
          });

  /** What is read of the kernel's events. */
  interface Events {
    int pollFd();

    void drain(ContainerEvents.Sink sink);

    /** The kernel's own. */
    static Events of(ContainerEvents events) {
      return new Events() {
        @Override
        public int pollFd() {
          return events.pollFd();
        }

        @Override
        public void drain(ContainerEvents.Sink sink) {
          events.drain(sink);
        }
      };
    }
  }

  /**
   * A service.
   *
   * @param events the kernel's, if it tells; the service does not close them
   * @param autoInject whether those that opted in are adopted
   */
  public TraceService(
      Optional<ContainerEvents> events,
      Census census,
      Adopter adopter,
      boolean autoInject,
      Injector injector,
      Tally tally,
      Log log) {
    this(
        events.map(Events::of),
        events.isPresent() ? LOOK : LOOK_WITHOUT_EVENTS,
        census,
        adopter,
        autoInject,
        injector,
        tally,
        log);
  }

  /**
   * The same.
   *
   * @param every how often it looks at all that runs
   */
  TraceService(
      Optional<Events> events,
      Duration every,
      Census census,
      Adopter adopter,
      boolean autoInject,
      Injector injector,
      Tally tally,
      Log log) {
    this.events = events;
    this.every = every;
    this.census = census;
    this.adopter = adopter;
    this.autoInject = autoInject;
    this.injector = injector;
    this.tally = tally;
    this.log = log;
  }

  /** Runs until the thread is interrupted. */
  @Override
  public void run() {
    tally.connected(events.isPresent());
    // Events flow already, so that nothing happens between them and the first look.
    lookout.execute(() -> guarded(this::firstLook));
    long millis = every.toMillis();
    lookout.scheduleWithFixedDelay(
        () -> guarded(this::look), millis, millis, TimeUnit.MILLISECONDS);
    Kernel kernel = new Kernel();
    while (!Thread.currentThread().isInterrupted()) {
      kernel.poll(new int[] {events.map(Events::pollFd).orElse(-1)}, millis);
      events.ifPresent(each -> each.drain(sink));
    }
  }

  // --- events: the first thread ------------------------------------------------------------------

  /** Takes the events. */
  final ContainerEvents.Sink sink =
      new ContainerEvents.Sink() {
        @Override
        public void made(long cgroup, String path) {
          if (!path.isEmpty()) {
            paths.put(cgroup, path);
          }
        }

        @Override
        public void started(long cgroup, long process) {
          String path = paths.get(cgroup);
          await(path == null ? Census.cgroups(process) : List.of(path), process);
        }

        @Override
        public void lost(long count) {
          tally.lost(count);
          log.warning(count + " events of containers were lost: looking at all that run");
          lookout.execute(() -> guarded(TraceService.this::look));
        }
      };

  private void await(List<String> cgroups, long process) {
    if (!Census.mayBeContainers(cgroups)) {
      return;
    }
    if (waiting.incrementAndGet() > WAITING_MAX) {
      waiting.decrementAndGet();
      sink.lost(1);
      return;
    }
    lookout.execute(() -> guarded(() -> lookUp(cgroups, process, 1)));
  }

  // --- what is looked up: the second thread ------------------------------------------------------

  private void guarded(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException e) {
      log.error("tracer: " + e);
    }
  }

  private void lookUp(List<String> cgroups, long process, int tries) {
    Optional<RunningContainer> found = census.of(cgroups);
    if (found.isEmpty() && tries < TRIES_MAX) {
      lookout.schedule(
          () -> guarded(() -> lookUp(cgroups, process, tries + 1)),
          RETRY_MILLIS_MIN << tries - 1,
          TimeUnit.MILLISECONDS);
      return;
    }
    waiting.decrementAndGet();
    if (found.isEmpty()) {
      String text = "process " + process + " of " + cgroups + " is no container's that runs here";
      log.debug(text, null);
      return;
    }
    boolean early = System.nanoTime() - begun < BEGINNING.toNanos();
    if (starts.add(found.get()) || early && starts.begins(found.get())) {
      started(found.get());
    }
  }

  private void firstLook() {
    List<RunningContainer> running = census.all();
    for (RunningContainer container : running) {
      starts.addEarlier(container);
      see(container);
    }
    log.info(
        (events.isPresent() ? "events of the kernel" : "no events, looking every second")
            + "; "
            + running.size()
            + " containers run");
  }

  private void look() {
    List<RunningContainer> running = census.all();
    for (String id : starts.retain(running)) {
      if (autoInject) {
        adopter.ended(id);
      }
    }
    for (RunningContainer container : running) {
      if (starts.add(container)) {
        started(container);
      } else if (autoInject) {
        adopter.seeAgain(sighting(container));
      }
    }
  }

  private void started(RunningContainer container) {
    Optional<Origin> origin = origin(container);
    if (origin.map(Origin::sandbox).orElse(false)) {
      return;
    }
    log.info(
        "container "
            + container.id()
            + " of "
            + container.runtime()
            + " started: process "
            + container.pid());
    see(container);
    String namespace =
        origin
            .filter(each -> each.criContainer().isPresent())
            .map(each -> each.namespace().substring(each.namespace().indexOf('/') + 1))
            .orElse("");
    injector.run(container.id(), container.runtime(), namespace, "start");
  }

  private void see(RunningContainer container) {
    if (autoInject) {
      adopter.see(sighting(container));
    }
  }

  private static Sighting sighting(RunningContainer container) {
    return new Sighting(
        container.id(), container.pid(), 0, false, Optional.of(container.bundle()), Map.of());
  }

  private Optional<Origin> origin(RunningContainer container) {
    ContainerState state =
        new ContainerState(
            "1.0.2", container.id(), "running", container.pid(), container.bundle(), Map.of());
    try {
      ContainerSpec spec = ContainerSpec.load(container.bundle());
      return Optional.of(Origin.of(state, spec, User.current()));
    } catch (DiffKeeperException malformed) {
      log.warning("container " + container.id() + ": " + malformed.getMessage());
      return Optional.empty();
    }
  }
}
