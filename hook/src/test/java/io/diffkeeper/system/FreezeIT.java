package io.diffkeeper.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.store.Cut;
import io.diffkeeper.store.StateName;
import io.diffkeeper.store.Store;
import io.diffkeeper.store.Version;
import io.diffkeeper.sys.Kernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Containers that write so much that no picture settles are frozen for each of them. */
@Timeout(600)
class FreezeIT {
  private static final int VERSIONS = 6;
  private static final int LOOKS = 20_000;
  private static final int SIGSTOP = 19;
  private static final int SIGCONT = 18;
  private static final List<String> FREEZE =
      List.of("--annotation", "io.diffkeeper.consistency=freeze");
  private static final String[] WRITER = {"/fileops", "pair", "/data"};

  private static void start(World world) throws IOException {
    world.start(FREEZE, Images.FIRST, WRITER);
    Await.until(
        "there is a state", () -> world.cli("log", world.name).code() == 0, world::hookErrors);
  }

  private static List<Version> frozen(World world) {
    try (Store store = Store.openExisting(world.store())) {
      StateName state = new StateName("podman", world.name);
      return store.versions(state).stream().filter(v -> v.cut() == Cut.FROZEN).toList();
    }
  }

  private static long number(World world, Version version, String file) {
    String name = world.name + "@" + version.number();
    return Long.parseLong(world.cli("cat", name, "/data/" + file).expect(0).out().strip());
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"crun", "runc"})
  void everyFrozenVersionIsOneMoment(String runtime) throws Exception {
    try (World world = new World(runtime, "capture-max-delay = \"200ms\"")) {
      start(world);
      Await.until("there are frozen versions", () -> frozen(world).size() >= VERSIONS, world::log);
      String fuzzy = world.cli("log", world.name).out();
      assertTrue(!fuzzy.contains("fuzzy"), fuzzy);
      for (Version version : frozen(world).subList(0, VERSIONS)) {
        long a = number(world, version, "a");
        long b = number(world, version, "b");
        assertTrue(a == b || a == b + 1, a + " and " + b + " in version " + version.number());
      }
      world.killAndRemove();
      world.awaitNoKeeper();
      try (Store store = Store.openExisting(world.store())) {
        assertEquals(Cut.SETTLED, store.versions(new StateName("podman", world.name)).get(0).cut());
      }
    }
  }

  @Test
  void aKeeperThatIsKilledMeanwhileLeavesNoFrozenContainer() throws Exception {
    try (World world = new World("crun", "capture-max-delay = \"200ms\"")) {
      start(world);
      Await.until("it has frozen once", () -> !frozen(world).isEmpty(), world::log);
      Path order = order(world);
      long keeper = keeper(world);
      Await.until("the keeper is stopped in a freeze", () -> stopped(keeper, order), world::log);
      world.killKeepers();
      Await.until("it is thawed", () -> isThawed(order), world::log);
      world.podman("exec", world.name, "true");
      world.killAndRemove();
    }
  }

  private static long keeper(World world) {
    // A descriptor that is just being closed can hide it.
    List<ProcessHandle> found = new ArrayList<>();
    Await.until("the keeper is seen", () -> found.addAll(world.keepers()), world::log);
    return found.get(0).pid();
  }

  /** The file by which the container is frozen. */
  private static Path order(World world) throws IOException {
    String pid = world.podman("inspect", "--format", "{{.State.Pid}}", world.name).out().strip();
    for (String line : Files.readAllLines(Path.of("/proc", pid, "cgroup"))) {
      String path = line.substring(line.lastIndexOf(':') + 1);
      for (String file :
          List.of(
              "/sys/fs/cgroup/unified" + path + "/cgroup.freeze",
              "/sys/fs/cgroup" + path + "/cgroup.freeze")) {
        if (line.startsWith("0::/") && Files.exists(Path.of(file))) {
          return Path.of(file);
        }
      }
    }
    return Path.of(
        "/sys/fs/cgroup/freezer" + cgroup(pid, "freezer") + "/freezer.state"); // version 1
  }

  private static String cgroup(String pid, String controller) throws IOException {
    return Files.readAllLines(Path.of("/proc", pid, "cgroup")).stream()
        .filter(line -> line.contains(":" + controller + ":"))
        .map(line -> line.substring(line.lastIndexOf(':') + 1))
        .findFirst()
        .orElseThrow();
  }

  private static boolean isThawed(Path order) {
    try {
      return List.of("0", "THAWED").contains(Files.readString(order).strip());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Stops the keeper; lets it go on unless that was in the middle of a freeze. */
  private static boolean stopped(long keeper, Path order) {
    Kernel kernel = new Kernel();
    for (int i = 0; i < LOOKS; i++) {
      if (!isThawed(order)) {
        assertEquals(0, kernel.kill(keeper, SIGSTOP));
        if (!isThawed(order)) {
          return true;
        }
        assertEquals(0, kernel.kill(keeper, SIGCONT));
      }
    }
    return false;
  }
}
