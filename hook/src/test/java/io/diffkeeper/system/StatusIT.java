package io.diffkeeper.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.keeper.KeeperStatus;
import io.diffkeeper.keeper.Keepers;
import io.diffkeeper.store.StateName;
import io.diffkeeper.sys.Kernel;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What running keepers tell of themselves. */
@Timeout(180)
class StatusIT {
  private static final String HOT = "/data/hot";

  @Test
  void tellsWhatAContainerChangesMost() throws Exception {
    try (World world = new World("crun")) {
      Keepers keepers = new Keepers(new Kernel(), world.runDir());
      assertEquals(List.of(), keepers.status());
      String script = "echo x > /data/cold; while true; do echo x >> /data/hot; usleep 5000; done";
      world.start(List.of(), Images.FIRST, "sh", "-c", script);
      Await.until(
          "the hot file is told of",
          () -> keepers.status().stream().anyMatch(StatusIT::isHot),
          () -> keepers.status() + world.log());
      KeeperStatus status = keepers.status().get(0);
      assertEquals(new StateName("podman", world.name), status.state());
      assertTrue(status.files() >= 2 && status.events() > 0, status::toString);
      assertTrue(status.cpuMillis() > 0 && status.residentBytes() > 1 << 20, status::toString);
      Await.until(
          "versions are told of",
          () -> keepers.status().get(0).versions() > 1 && keepers.status().get(0).version() > 1,
          world::log);
      world.killAndRemove();
      world.awaitNoKeeper();
      assertEquals(List.of(), keepers.status());
    }
  }

  private static boolean isHot(KeeperStatus status) {
    return !status.hot().isEmpty()
        && status.hot().get(0).path().equals(HOT)
        && status.hot().get(0).rate() > 1;
  }
}
