package io.diffkeeper.shim.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.bpf.ContainerEvents;
import io.diffkeeper.bpf.ProcessAge;
import io.diffkeeper.keeper.Endings;
import io.diffkeeper.keeper.Keepers;
import io.diffkeeper.keeper.Launcher;
import io.diffkeeper.log.Log;
import io.diffkeeper.shim.adoption.Adopter;
import io.diffkeeper.shim.adoption.Tally;
import io.diffkeeper.sys.Kernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A tracer that looks at everything once in an hour, and events that the test makes up. */
@Timeout(300)
class TraceServiceTest {
  private static final long SELF = ProcessHandle.current().pid();

  private static final String OPTED_IN = "\"io.diffkeeper.state-dir\": \"/data\"";

  /** It stays: the service goes on writing its counts until the tests' process ends. */
  private Path scratch;

  private TraceService service;

  /** Events that nobody else causes: the test gives them to the sink. */
  private static final TraceService.Events NONE =
      new TraceService.Events() {
        @Override
        public int pollFd() {
          return -1;
        }

        @Override
        public void drain(ContainerEvents.Sink sink) {
          // There are none.
        }
      };

  @BeforeEach
  void start() throws IOException {
    scratch = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "trace");
    write("earlier", OPTED_IN);
    Path command = scratch.resolve("command");
    Files.writeString(command, "#!/bin/sh\necho \"$1 $RUNTIME [$NAMESPACE] $STATE\" >> $0.calls\n");
    Files.setPosixFilePermissions(command, PosixFilePermissions.fromString("rwx------"));
    Path launcher = scratch.resolve("launcher");
    Files.writeString(launcher, "#!/bin/sh\n/bin/cat >> $0.calls\necho >> $0.calls\n");
    Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwx------"));
    Path runDir = scratch.resolve("keepers");
    Tally tally = new Tally(runDir, "trace");
    Log log = Log.none();
    Keepers keepers = new Keepers(new Kernel(), runDir);
    service =
        new TraceService(
            Optional.of(NONE),
            Duration.ofHours(1),
            new Census(new RuntimeFolders(scratch.resolve("run")), Path.of("/"), log),
            new Adopter(
                keepers,
                new Endings(scratch.resolve("store")),
                new Launcher(launcher, List.of()),
                tally,
                log),
            true,
            new Injector(List.of(command.toString()), Injector.TIME_MAX, tally, log),
            tally,
            log);
    Thread thread = new Thread(service);
    thread.setDaemon(true); // it waits for an hour
    thread.start();
    await(() -> calls("launcher").size() == 1); // it has looked
  }

  /** Writes down a container whose first process is this one. */
  private void write(String id, String annotations) throws IOException {
    Path bundle = Files.createDirectories(scratch.resolve("bundles").resolve(id));
    Files.writeString(
        bundle.resolve("config.json"),
        "{\"root\": {\"path\": \"rootfs\"}, \"annotations\": {" + annotations + "}}");
    Path record = Files.createDirectories(scratch.resolve("run/crun").resolve(id));
    Files.writeString(
        record.resolve("new"),
        String.format(
            "{\"pid\": %d, \"process-start-time\": %d, \"bundle\": \"%s\"}",
            SELF, ProcessAge.started(SELF), bundle));
    Files.move(record.resolve("new"), record.resolve("status"));
  }

  private List<String> calls(String program) {
    try {
      Path file = scratch.resolve(program + ".calls");
      return Files.exists(file) ? Files.readAllLines(file) : List.of();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < deadline, "not within 120 s");
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
    }
  }

  @Test
  void aContainerThatStartsIsAnnouncedOnce() throws IOException {
    service.sink.made(1000, "/machine/late");
    service.sink.started(1000, SELF);
    service.sink.started(1000, SELF);
    write("late", ""); // some runtimes are slow
    await(() -> calls("command").contains("late crun [] start"));
    service.sink.started(1000, SELF);
    write("next", "");
    service.sink.made(1001, "/next");
    service.sink.started(1001, SELF);
    await(() -> calls("command").contains("next crun [] start"));
    assertEquals(2, calls("command").size(), () -> "" + calls("command"));
    assertEquals(1, calls("launcher").size(), "neither of them opted in");
  }

  @Test
  void whatOptedInIsAdopted() throws IOException {
    write("web", OPTED_IN);
    service.sink.made(1000, "/web/below");
    service.sink.started(1000, 0);
    await(() -> calls("launcher").size() == 2);
    String state = calls("launcher").get(1);
    assertTrue(state.contains("\"id\":\"web\"") && state.contains("\"pid\":" + SELF), state);
  }

  @Test
  void lostEventsAreMadeUpForByLooking() throws IOException {
    write("unheard", "");
    service.sink.lost(3);
    await(() -> calls("command").contains("unheard crun [] start"));
    assertEquals(1, calls("command").size(), () -> "" + calls("command"));
  }

  @Test
  void aPodsOwnContainerIsNobody() throws IOException {
    write("pause", "\"io.kubernetes.cri.container-type\": \"sandbox\"");
    write(
        "app",
        "\"io.kubernetes.cri.container-type\": \"container\","
            + "\"io.kubernetes.cri.sandbox-namespace\": \"shop\","
            + "\"io.kubernetes.cri.sandbox-name\": \"web-0\","
            + "\"io.kubernetes.cri.container-name\": \"app\"");
    service.sink.lost(1);
    await(() -> calls("command").contains("app crun [shop] start"));
    assertEquals(1, calls("command").size(), () -> "" + calls("command"));
  }
}
