package io.diffkeeper.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Fifty containers start at once, and end at once. */
@Timeout(600)
class ManyIT {
  private static final int CONTAINERS = 50;
  private static final long SECONDS_MAX = 300;

  private static List<Attached> startAll(World world, String script) throws Exception {
    List<Attached> all = new ArrayList<>();
    for (int i = 0; i < CONTAINERS; i++) {
      String name = world.name + "-" + i;
      String own = script.replace("NAME", name);
      all.add(world.start(name, List.of("--rm"), Images.FIRST, "sh", "-c", own));
    }
    return all;
  }

  private static List<String> endAll(List<Attached> all) throws Exception {
    List<String> said = new ArrayList<>();
    for (Attached each : all) {
      ProcessHandle.of(each.pid()).ifPresent(ManyIT::awaitEnd);
      assertEquals(0, each.end(), each::everything);
      said.add(String.join("\n", each.lines()));
    }
    return said;
  }

  private static void awaitEnd(ProcessHandle process) {
    try {
      process.onExit().get(SECONDS_MAX, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void eachOfFiftyHasItsOwnState() throws Exception {
    try (World world = new World("crun")) {
      endAll(startAll(world, "test ! -e /data/note && echo NAME > /data/note"));
      world.awaitNoKeeper();
      List<String> said = endAll(startAll(world, "cat /data/note"));
      for (int i = 0; i < CONTAINERS; i++) {
        assertEquals(world.name + "-" + i, said.get(i));
      }
      world.awaitNoKeeper();
      world.cli("verify").expect(0);
    }
  }
}
