package io.diffkeeper.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Restarts of every kind: never is an older byte put over a newer one. */
@Timeout(600)
class RestartIT {
  private static final int KILLS = 50;
  private static final String[] COUNT = {"/fileops", "append", "/data"};

  private static long inspect(World world, String what) {
    String format = "{{.State." + what + "}}";
    return Long.parseLong(world.podman("inspect", "--format", format, world.name).out().strip());
  }

  private static void kill(long pid) {
    ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
  }

  /** What the container said last; every start says what it found. */
  private static long told(World world) {
    List<String> lines = world.tryPodman("logs", "--tail", "1", world.name).out().lines().toList();
    return lines.isEmpty() ? 0 : number(lines.get(lines.size() - 1));
  }

  private static long number(String line) {
    return Long.parseLong(line.replace("found ", ""));
  }

  /** The counter checks itself, too: it ends if a line of its file is missing. */
  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"crun", "runc"})
  void fiftyKillsUnderRestartAlways(String runtime) throws Exception {
    try (World world = new World(runtime)) {
      runWithRestarts(world, runtime);
      long last = 0;
      for (int i = 0; i < KILLS; i++) {
        long before = last;
        Await.until("it counts on from " + before, () -> told(world) > before, world::log);
        last = told(world);
        long pid = inspect(world, "Pid");
        kill(pid);
        Await.until("it is restarted", () -> running(world, pid), world::log);
      }
      assertMonotonic(world.podman("logs", world.name).out());
      world.remove();
      String next = world.once("tail", "-n", "1", "/data/log").out().strip();
      assertTrue(Long.parseLong(next) >= last, next + " of " + last);
    }
  }

  /** Whoever restarts it was not given --hooks-dir: its configuration has to name the folder. */
  private static void runWithRestarts(World world, String runtime) throws Exception {
    Path given = Path.of(System.getenv("CONTAINERS_CONF"));
    String hooks = "[engine]\nhooks_dir = [\"" + world.scratch().resolve("hooks.d") + "\"]\n";
    Path own = world.scratch().resolve("containers.conf");
    Files.writeString(own, Files.readString(given).replace("[engine]\n", hooks));
    List<String> words = new ArrayList<>(List.of("env", "CONTAINERS_CONF=" + own, "podman"));
    words.addAll(List.of("--runtime", runtime, "run"));
    List<String> always = List.of("--restart=always", "--detach");
    words.addAll(world.keeping(world.name, always, Images.FIRST, COUNT));
    world.run(null, words).expect(0);
  }

  private static boolean running(World world, long formerPid) {
    String format = "{{.State.Pid}}";
    String pid = world.tryPodman("inspect", "--format", format, world.name).out().strip();
    return pid.matches("[1-9][0-9]*") && Long.parseLong(pid) != formerPid;
  }

  private static void assertMonotonic(String log) {
    long last = 0;
    int starts = 0;
    for (String line : log.lines().toList()) {
      if (line.startsWith("found ")) {
        starts++;
        assertTrue(number(line) >= last, line + " after " + last);
      } else {
        assertEquals(Math.max(last, number(line)), number(line));
      }
      last = number(line);
    }
    assertTrue(starts > KILLS, starts + " starts");
  }

  /** Nobody is left to run the poststop hook; the keeper finds out by itself. */
  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"crun", "runc"})
  void theEngineIsKilledWithTheContainer(String runtime) throws Exception {
    try (World world = new World(runtime)) {
      world.start(List.of("--detach"), Images.FIRST, COUNT).end();
      Await.until("it counts", () -> told(world) > 20, world::log);
      long container = inspect(world, "Pid");
      kill(inspect(world, "ConmonPid"));
      kill(container);
      world.awaitNoKeeper();
      long last = told(world);
      untilItWorks(world, "rm", "--force", "--time", "0", world.name);
      String next = world.once("tail", "-n", "1", "/data/log").out().strip();
      assertTrue(Long.parseLong(next) >= last, next + " of " + last);
    }
  }

  /** Without its conmon, podman has to find out first that a container is gone. */
  private static void untilItWorks(World world, String... words) {
    Await.until(
        String.join(" ", words),
        () -> {
          world.tryPodman("ps", "--all", "--sync");
          return world.tryPodman(words).code() == 0;
        },
        () -> world.tryPodman(words) + world.log());
  }

  /** Pauses, so that versions settle; notes what it found in memory. */
  private static final String SLOWLY =
      """
      cat /memory/note > /data/seen
      echo kept > /memory/note
      n=$(cat /data/log | wc -l)
      while :; do n=$((n + 1)); echo $n >> /data/log; echo $n; sleep 0.2; done
      """;

  private static boolean settles(World world) {
    world.commit(world.name);
    List<String> versions = world.cli("log", world.name).out().lines().skip(1).toList();
    return versions.size() > 1 && versions.get(0).contains("settled"); // the oldest is the base
  }

  /** The power fails: nothing says goodbye, and nothing in /run is left. */
  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"crun", "runc"})
  void theHostIsRebooted(String runtime) throws Exception {
    try (World world = new World(runtime)) {
      List<String> options = new ArrayList<>(List.of("--detach"));
      options.addAll(List.of("--mount", "type=tmpfs,destination=/memory"));
      options.addAll(List.of("--annotation", "\"io.diffkeeper.state-dir=/data,/memory\""));
      world.start(options, Images.FIRST, "sh", "-c", SLOWLY).end();
      Await.until("it counts", () -> told(world) > 3, world::log);
      Await.until("a settled version", () -> settles(world), world::log);
      long container = inspect(world, "Pid");
      kill(inspect(world, "ConmonPid"));
      world.killKeepers();
      kill(container);
      Await.until("it is gone", () -> ProcessHandle.of(container).isEmpty(), world::log);
      long last = told(world);
      forgetWhatABootForgets(world, runtime);

      world.podman("start", world.name);
      Await.until("it goes on", () -> told(world) > last + 3, () -> said(world));
      assertEquals("kept\n", world.podman("exec", world.name, "cat", "/data/seen").out());
      world.killAndRemove();
    }
  }

  /** Mounts, and what keeper, podman and the runtime have in /run. */
  private static void forgetWhatABootForgets(World world, String runtime) throws Exception {
    String podman = System.getenv("DIFFKEEPER_PODMAN_ENV");
    String id = world.podman("inspect", "--format", "{{.Id}}", world.name).out().strip();
    for (String line : Files.readAllLines(Path.of("/proc/mounts"))) {
      String mount = line.split(" ")[1];
      if (mount.startsWith(podman) && (mount.endsWith("/merged") || mount.endsWith("/shm"))) {
        world.run(null, List.of("umount", mount)).expect(0);
      }
    }
    for (String folder : List.of(podman + "/run", podman + "/tmp", "/run/" + runtime + "/" + id)) {
      world.run(null, List.of("rm", "-rf", folder)).expect(0);
    }
    world.run(null, List.of("rm", "-rf", world.runDir() + "/containers")).expect(0);
    world.run(null, List.of("rm", "-rf", world.store() + "/locks")).expect(0);
  }

  private static String said(World world) {
    return world.tryPodman("logs", "--tail", "20", world.name).out() + world.log();
  }

  /** A container that is started again after another one has had the state. */
  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"crun"})
  void anOldContainerComesBack(String runtime) throws Exception {
    try (World world = new World(runtime)) {
      List<String> shared = List.of("--annotation", "io.diffkeeper.name=shared");
      String old = world.name + "-old";
      world.start(old, shared, Images.FIRST, "sh", "-c", "ls /data; echo 1 > /data/old").end();
      world.awaitNoKeeper();
      world.once(shared, Images.FIRST, "sh", "-c", "rm /data/old; echo 2 > /data/new");
      assertEquals("image\nnew\n", world.podman("start", "--attach", old).out());
    }
  }

  /** A start that fails leaves nothing, and the image as it is, if the operator wants it to. */
  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"crun", "runc"})
  void continueStartsWithTheImagesTree(String runtime) throws Exception {
    try (World world = new World(runtime)) {
      String small = "type=tmpfs,destination=/data,tmpfs-size=1m,notmpcopyup";
      List<String> large = List.of("--mount", small.replace("1m", "100m"));
      String fill = "for i in $(seq 30); do head -c 100000 /dev/urandom > /data/f$i; done";
      world.once(large, Images.FIRST, "sh", "-c", fill);
      long versions = world.cli("log", world.name).expect(0).out().lines().count();

      List<String> options = List.of("--mount", small);
      String look = "/fileops manifest /data; touch /data/own; sleep 0";
      Run stopped = world.tryOnce(options, Images.FIRST, "sh", "-c", look);
      assertEquals("", stopped.out(), "it started");
      assertTrue((stopped.err() + world.hookErrors()).contains("15"), stopped::toString);

      List<String> goOn = new java.util.ArrayList<>(options);
      goOn.addAll(List.of("--annotation", "io.diffkeeper.on-failure=continue"));
      Run started = world.once(goOn, Images.FIRST, "sh", "-c", look);
      assertEquals(1, started.out().lines().count(), "an empty tmpfs: " + started.out());
      world.assertLogged("starts without its state and is not captured");
      assertEquals(versions, world.cli("log", world.name).expect(0).out().lines().count());
    }
  }

  private static Optional<Path> bundle(World world) {
    String format = "{{.OCIConfigPath}}";
    String config = world.podman("inspect", "--format", format, world.name).out().strip();
    return Optional.of(Path.of(config).getParent()).filter(Files::isDirectory);
  }

  private static Path state(World world, String id, String status, long pid, Path bundle)
      throws Exception {
    String json =
        String.format(
            "{\"ociVersion\":\"1.0.2\",\"id\":\"%s\",\"status\":\"%s\",\"pid\":%d,\"bundle\":\"%s\"}",
            id, status, pid, bundle);
    return Files.writeString(world.scratch().resolve("state-" + status), json);
  }

  /** Runtimes run hooks twice, not at all, and for containers that nobody knows. */
  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"crun", "runc"})
  void hooksMayRunAnyNumberOfTimes(String runtime) throws Exception {
    try (World world = new World(runtime)) {
      world.start(List.of("--detach"), Images.FIRST, COUNT).end();
      Await.until("it counts", () -> told(world) > 5, world::log);
      String id = world.podman("inspect", "--format", "{{.Id}}", world.name).out().strip();
      Path bundle = bundle(world).orElseThrow();
      Path created = state(world, id, "created", inspect(world, "Pid"), bundle);
      for (int i = 0; i < 2; i++) {
        world.callHook("createRuntime", created).expect(0);
        Await.until("one keeper", () -> world.keepers().size() == 1, world::log);
      }
      world.podman("kill", "--signal", "KILL", world.name);
      world.awaitNoKeeper();
      long last = told(world);
      long versions = world.cli("log", world.name).expect(0).out().lines().count();
      Path stopped = state(world, id, "stopped", 0, bundle);
      for (int i = 0; i < 2; i++) {
        world.callHook("poststop", stopped).expect(0);
      }
      Path unknown = state(world, "0123456789abcdef", "stopped", 0, bundle);
      world.callHook("poststop", unknown).expect(0);
      Path gone = state(world, "fedcba9876543210", "stopped", 0, Path.of("/nonexistent"));
      world.callHook("poststop", gone).expect(0);
      world.awaitNoKeeper();
      assertEquals(versions, world.cli("log", world.name).expect(0).out().lines().count());
      world.remove();
      String next = world.once("tail", "-n", "1", "/data/log").out().strip();
      assertTrue(Long.parseLong(next) >= last, next + " of " + last);
    }
  }
}
