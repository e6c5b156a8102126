package io.diffkeeper.keeper;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.bpf.EventSource;
import io.diffkeeper.bpf.Still;
import io.diffkeeper.capture.Capture;
import io.diffkeeper.capture.Freezer;
import io.diffkeeper.capture.Profiler;
import io.diffkeeper.capture.WritableMaps;
import io.diffkeeper.config.Configuration;
import io.diffkeeper.files.Attributes;
import io.diffkeeper.files.Label;
import io.diffkeeper.files.Policy;
import io.diffkeeper.files.StateDir;
import io.diffkeeper.log.Log;
import io.diffkeeper.oci.OptIn;
import io.diffkeeper.replay.Replay;
import io.diffkeeper.replay.ReplayMode;
import io.diffkeeper.store.Cut;
import io.diffkeeper.store.Ending;
import io.diffkeeper.store.StateInfo;
import io.diffkeeper.store.StateName;
import io.diffkeeper.store.Store;
import io.diffkeeper.store.Version;
import io.diffkeeper.store.VersionWriter;
import io.diffkeeper.sys.Kernel;
import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.Name;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The right to a state, and the work on it: the lock, the open store, the replay, and the session
 * that writes versions. Not thread-safe.
 */
final class Hold implements AutoCloseable {
  private final Configuration configuration;
  private final Log log;
  private final Subject subject;
  private final StateName state;
  private final Attributes attributes;
  private final Store store;
  private final StateLock lock;
  private final Housekeeping housekeeping;
  private final Figures figures = new Figures();
  private Session session;
  private boolean touched;

  /**
   * Opens the store and takes the lock.
   *
   * @throws DiffKeeperException (BUSY) if another keeper does not let go in time
   */
  Hold(Kernel kernel, Configuration configuration, Log log, Subject wish) {
    this.configuration = configuration;
    this.log = log;
    this.store = Store.open(configuration.store());
    try {
      Claim claim = Claim.take(configuration, store, wish);
      this.lock = claim.lock();
      this.state = claim.state();
    } catch (DiffKeeperException e) {
      store.close();
      throw e;
    }
    this.subject = wish.of(state);
    log.state(state.toString());
    Policy policy = new Policy(configuration.allowSetuid(), configuration.allowDevices());
    byte[] label = subject.label().map(text -> Label.of(kernel, text)).orElse(null);
    this.attributes = new Attributes(subject.ids(), policy, label);
    this.housekeeping = new Housekeeping(store, state, configuration, log);
  }

  /** Whose state is held, which one it is included. */
  Subject subject() {
    return subject;
  }

  /** Whether a replay may have changed the tree. */
  boolean touched() {
    return touched;
  }

  Session session() {
    return session;
  }

  /** What is done to the state's old versions. */
  Housekeeping housekeeping() {
    return housekeeping;
  }

  /**
   * Replays what is to be replayed, attaches, and is ready to capture.
   *
   * @param maps tells what the processes have mapped
   * @param freezer stops the processes, if that is asked for
   * @param attaching the event source, which may still be under way
   */
  void start(
      List<StateDir> dirs, WritableMaps maps, Freezer freezer, Supplier<EventSource> attaching) {
    log.stage("replay");
    StateInfo info = open();
    log.version(info.latest() == null ? 0 : info.latest().number());
    StartPlan plan = StartPlan.of(subject, info, dirs, store);
    log.reached("planned");
    if (plan.from() != null && subject.from().isEmpty()) {
      tellOfPassedOver(plan.from().version(), info.latest());
    }
    if (plan.from() != null && plan.from().version().cut() == Cut.DAMAGED) {
      log.warning("version " + plan.from().version().number() + " is what damage has left of it");
    }
    if (plan.from() != null && !plan.from().state().equals(state)) {
      requireAllowed(store.state(plan.from().state()).orElseThrow());
    }
    if (plan.base() == null) {
      startOnNewImage(plan, info, dirs, maps, freezer, attaching);
    } else {
      Map<Name, Entry> placed = known(plan, info, replay(plan, null, attaching));
      session(dirs, maps, freezer, attaching.get(), List.of(), plan.base(), info.latest());
      session.expect(placed);
    }
    store.started(state, subject.origin().containerId());
    log.reached("start recorded");
  }

  /** What was replayed from another space of the store is not in this state's, and read again. */
  private Map<Name, Entry> known(StartPlan plan, StateInfo info, Map<Name, Entry> placed) {
    boolean same =
        plan.from() == null
            || store.state(plan.from().state()).orElseThrow().space().equals(info.space());
    return same ? placed : Map.of();
  }

  /** What a container that is met late should have started with. */
  void tellOfUnplayed() {
    Version latest = store.state(state).map(StateInfo::latest).orElse(null);
    String id = subject.origin().containerId();
    if (latest != null && !latest.origin().containerId().equals(id)) {
      log.warning(
          "runs without version %d of state %s, which was not replayed; it is kept, and %s@%d is it"
              .formatted(latest.number(), state, state, latest.number()));
    }
  }

  private void tellOfPassedOver(Version taken, Version latest) {
    if (taken.number() < latest.number()) {
      log.warning(
          String.format(
              "version %d is newer than %d but fuzzy, and its container did not end: it is not "
                  + "replayed; io.diffkeeper.from=%1$d would",
              latest.number(), taken.number()));
    }
  }

  /**
   * Replays the newest version, whoever wrote it, and captures nothing.
   *
   * @throws DiffKeeperException (NOT_FOUND) if the state has no version
   */
  void replayOnly(List<StateDir> dirs) {
    log.stage("replay");
    StateInfo info = store.state(state).filter(found -> found.latest() != null).orElse(null);
    if (info == null) {
      throw new DiffKeeperException(ExitCode.NOT_FOUND, "state " + state + " has no version");
    }
    ReplayMode mode = subject.mode().orElseThrow();
    StartPlan plan = new StartPlan(StartPlan.newest(info, store), mode, dirs, info.latest().base());
    replay(plan, null, Still::new);
  }

  /** The state, made if it is new. */
  private StateInfo open() {
    StateInfo info =
        store
            .state(state)
            .orElseGet(
                () ->
                    store.create(
                        state, subject.hash(), subject.scope(), subject.imageRepository()));
    if (subject.chosenByImage()) {
      requireAllowed(info);
    }
    return info;
  }

  private void requireAllowed(StateInfo info) {
    if (!info.allows(subject.imageRepository())) {
      throw new DiffKeeperException(
          ExitCode.BAD_INPUT,
          String.format(
              "state %s belongs to image %s; to let this container use it: "
                  + "diffkeeper allow %s --image %s",
              info.name(), info.imageRepository(), info.name(), subject.imageRepository()));
    }
  }

  /** Reads what the image has before anything is replayed over it: the base of what is to come. */
  private void startOnNewImage(
      StartPlan plan,
      StateInfo info,
      List<StateDir> dirs,
      WritableMaps maps,
      Freezer freezer,
      Supplier<EventSource> attaching) {
    try (VersionWriter writer = store.writer(state, subject.tuning())) {
      Capture image = capture(dirs, WritableMaps.none(), Freezer.none(), List.of());
      Digest base = image.scan(Map.of(), new Still(), writer).root();
      log.reached("image's tree read");
      Map<Name, Entry> known = new HashMap<>(image.entries());
      known.putAll(known(plan, info, replay(plan, image.entries(), attaching)));
      session(dirs, maps, freezer, attaching.get(), List.of(), base, info.latest());
      session.expect(known);
      session.commit(writer);
    } catch (IOException e) {
      throw new DiffKeeperException(ExitCode.REPLAY_FAILED, "base: " + e.getMessage(), e);
    }
  }

  private Capture capture(
      List<StateDir> dirs, WritableMaps maps, Freezer freezer, List<Entry> kept) {
    return new Capture(
        dirs,
        attributes,
        subject.excluded(),
        maps,
        freezer,
        kept,
        subject.consistency() == OptIn.Consistency.FUZZY ? 1 : Capture.SETTLING_ROUNDS,
        new Profiler(configuration.profilerInterval().toMillis() / 1000.0),
        log::warning);
  }

  private void session(
      List<StateDir> dirs,
      WritableMaps maps,
      Freezer freezer,
      EventSource source,
      List<Entry> kept,
      Digest base,
      Version latest) {
    Capture capture = capture(dirs, maps, freezer, kept);
    session =
        new Session(
            store,
            state,
            capture,
            source,
            subject.origin(),
            subject.tuning(),
            base,
            latest,
            figures);
  }

  /**
   * Replays.
   *
   * @param image what the state-dirs have now; null if that is the version's base
   * @param attaching has to be there before anything is changed, so that a container may start
   *     without its state after all
   */
  private Map<Name, Entry> replay(
      StartPlan plan, Map<Name, Entry> image, Supplier<EventSource> attaching) {
    if (plan.from() == null) {
      log.info("nothing to replay into state " + state);
      return Map.of();
    }
    long start = System.nanoTime();
    Replay replay =
        new Replay(
            store,
            plan.from().state(),
            attributes,
            subject.excluded(),
            () -> {
              attaching.get();
              touched = true;
            },
            log::warning);
    Version version = plan.from().version();
    Replay.Target target = new Replay.Target(plan.from().root(), version.base(), image);
    Replay.Done done = replay.run(target, plan.mode(), plan.dirs());
    log.reached("replayed");
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    figures.replayed(millis);
    // Put together by hand: the first String.format of a process takes it 8 ms.
    log.info(
        ("replayed " + plan.from().state() + "@" + version.number() + ": ")
            + (done.entries() + " entries, " + done.bytes() + " bytes in " + millis + " ms"));
    return done.placed();
  }

  /** Records how the container, or command, ended. */
  void tell(Ending ending) {
    if (ending.isKnown()) {
      log.info(
          (ending.hasExitCode() ? "exit code " + ending.exitCode() : "exit code unknown")
              + (ending.outOfMemory() ? ", out of memory" : ""));
      try {
        store.ended(state, subject.origin().containerId(), ending);
      } catch (DiffKeeperException e) {
        log.warning("it is not in the store: " + e.getMessage()); // its last version is
      }
    }
  }

  /**
   * Captures what a container left behind whose keeper died.
   *
   * @param missing directories that went with the container: their last entries stay
   * @return false if the state has gone on without this container
   */
  boolean resume(List<StateDir> dirs, List<Name> missing, EventSource source) {
    StateInfo info = store.state(state).orElse(null);
    if (info == null || !subject.origin().containerId().equals(info.lastContainer())) {
      return false;
    }
    Version latest = info.latest();
    List<Entry> kept = List.of();
    if (!missing.isEmpty() && latest != null) {
      log.error("gone with the container; what was not captured is lost: " + missing);
      kept =
          store.directory(state, latest.root()).stream()
              .filter(entry -> missing.contains(entry.name()))
              .toList();
    }
    Digest base = latest == null ? null : latest.base();
    session(dirs, WritableMaps.none(), Freezer.none(), source, kept, base, latest);
    return true;
  }

  @Override
  public void close() {
    lock.close();
    store.close();
  }
}
