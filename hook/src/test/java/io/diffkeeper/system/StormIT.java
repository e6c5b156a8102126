package io.diffkeeper.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.keeper.KeeperStatus;
import io.diffkeeper.keeper.Keepers;
import io.diffkeeper.sys.Kernel;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** More changes at once than the ring of events holds. */
@Timeout(600)
class StormIT {
  private static final int FILES = 40_000;
  private static final String SCRIPT =
      "echo waits; until [ -e /tmp/go ]; do usleep 10000; done; /fileops storm /data "
          + FILES
          + "; rm -r /data/*[0-4]; echo removed; until [ -e /tmp/end ]; do usleep 10000; done";

  /**
   * The keeper is stopped while the files are made; while it scans, their directories are renamed
   * and half of them are removed.
   */
  @Test
  void isFoundBySweepingWhenTheKeeperWasStopped() throws Exception {
    try (World world = new World("crun")) {
      Attached container = world.start(List.of(), Images.FIRST, "sh", "-c", SCRIPT);
      container.await("waits");
      String keeper = Long.toString(world.keepers().get(0).pid());
      world.run(null, List.of("kill", "-STOP", keeper)).expect(0);
      world.podman("exec", world.name, "touch", "/tmp/go");
      container.await("did storm");
      world.run(null, List.of("kill", "-CONT", keeper)).expect(0);
      container.await("removed");
      world.commit(world.name);

      KeeperStatus status = new Keepers(new Kernel(), world.runDir()).status().get(0);
      String live =
          world.podman("exec", world.name, "sh", "-c", "find /data -type f | wc -l").out();
      assertEquals(Long.parseLong(live.strip()), status.files(), world::log);
      assertTrue(status.files() >= FILES / 2, status::toString);
      assertTrue(!status.source().startsWith("bpf-") || status.lost() > 0, status::toString);
      String before = world.manifest();
      world.killAndRemove();
      assertEquals(before, world.once("/fileops", "manifest", "/data").out());
    }
  }
}
