package io.diffkeeper.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where the kernel accounts for keepers, and what it does to them when there is too little. */
@Timeout(600)
class CgroupsIT {
  private static final int LINES = 300;
  private static final String KEEPERS = "diffkeeper";
  private static final String MEMORY = "" + (700 << 20);
  private static final String[] LIMITS = {
    World.NO_SPARES, "memory-limit = \"700m\"", "cpu-limit = 80"
  };

  /** What the limits are in version 2 and 1; of a kernel that has the controller there is one. */
  private static final List<List<String>> SETTINGS =
      List.of(
          List.of("memory.max", MEMORY),
          List.of("memory.limit_in_bytes", MEMORY),
          List.of("cpu.max", "80000 100000"),
          List.of("cpu.cfs_quota_us", "80000"));

  /** The higher it is, the sooner a process is killed for want of memory: proc(5). */
  private static final int SCORE = 100;

  private static final int SCORE_MIN = -999;
  private static final int SYS_RESOURCE = 24;

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"crun", "runc", "runc unified"})
  void keepersAreLimitedAndSurviveAllThatStartedThem(String host) throws Exception {
    boolean unified = host.endsWith("unified");
    try (OwnCgroups cgroups = unified ? OwnCgroups.unified() : OwnCgroups.asHere();
        World world = new World(host.split(" ")[0], LIMITS)) {
      world.enter(cgroups.entry());
      List<String> options = new ArrayList<>(List.of("--oom-score-adj", "" + SCORE));
      if (unified) {
        options.add("--pids-limit=0");
      }
      Attached writer = world.start(options, Images.FIRST, "/fileops", "append", "/data");
      writer.awaitLines(LINES);
      ProcessHandle keeper = world.keepers().get(0);
      assertEquals(Set.of("/" + KEEPERS), Set.copyOf(cgroups.of(keeper.pid()).values()));
      assertEquals(cgroups.hierarchies(), cgroups.of(keeper.pid()).size());
      assertLimited(cgroups, world);
      assertDiesLast(keeper.pid(), world);

      cgroups.killAllBut(KEEPERS); // podman, conmon, the container and its groups
      assertTrue(cgroups.setting(KEEPERS, "cgroup.procs").lines().count() <= 1);
      Await.until("the keeper has ended by itself", () -> !keeper.isAlive(), world::log);
      String last = writer.lines().get(writer.lines().size() - 1);
      String log = world.cli("cat", world.name, "/data/log").expect(0).out();
      assertTrue(log.lines().count() >= Long.parseLong(last), last + " lines were told of");
      world.assertLogged("container ended; last version is ");
      world.remove();
    }
  }

  /** A second after the start, when nobody waits; or the log says which one cannot be had. */
  private static void assertLimited(OwnCgroups cgroups, World world) {
    for (String controller : List.of("memory", "cpu")) {
      List<List<String>> all =
          SETTINGS.stream().filter(each -> each.get(0).startsWith(controller)).toList();
      String missing = controller + "-limit cannot be set: no cgroup has the controller";
      Await.until(
          controller + " is limited",
          () ->
              world.log().contains(missing)
                  || all.stream()
                      .anyMatch(each -> cgroups.setting(KEEPERS, each.get(0)).equals(each.get(1))),
          world::log);
      boolean has = all.stream().anyMatch(each -> !cgroups.setting(KEEPERS, each.get(0)).isEmpty());
      assertEquals(has, !world.log().contains(missing), controller);
    }
  }

  /** As far as this host allows, which is what the doctor tells. */
  private static void assertDiesLast(long keeper, World world) throws IOException {
    String pid = world.podman("inspect", "--format", "{{.State.Pid}}", world.name).out().strip();
    assertEquals(SCORE, score(Long.parseLong(pid)));
    boolean may = hasCapability();
    int score = score(keeper);
    assertTrue(may ? score == SCORE_MIN : score <= Math.min(score(own()), SCORE - 1), "" + score);
    String doctor = world.cli("doctor").expect(0).out();
    assertEquals(may, doctor.contains("the kernel kills containers before their keepers"));
    assertEquals(!may, doctor.contains("no CAP_SYS_RESOURCE"), doctor);
  }

  private static long own() {
    return ProcessHandle.current().pid();
  }

  private static int score(long pid) throws IOException {
    return Integer.parseInt(Files.readString(Path.of("/proc", "" + pid, "oom_score_adj")).strip());
  }

  private static boolean hasCapability() throws IOException {
    List<String> found = new ArrayList<>(Files.readAllLines(Path.of("/proc/self/status")));
    found.removeIf(line -> !line.startsWith("CapEff:"));
    long set = Long.parseUnsignedLong(found.get(0).substring(8).strip(), 16);
    return (set >> SYS_RESOURCE & 1) != 0;
  }
}
