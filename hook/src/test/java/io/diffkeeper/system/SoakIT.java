package io.diffkeeper.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many starts and ends leave nothing behind; {@code make bench-start} does it 500 times. */
@Timeout(600)
class SoakIT {
  private static final int STARTS = 40;
  private static final int AT_A_TIME = 5;

  @Test
  void fortyStartsLeaveOneSpareAndNothingElse() throws Exception {
    try (World world = new World("crun")) {
      world.configure("spares = 1");
      world.once("true");
      world.awaitSpare();
      for (int done = 0; done < STARTS; done += AT_A_TIME) {
        List<Attached> batch = new ArrayList<>();
        for (int i = 0; i < AT_A_TIME; i++) {
          String[] command = {"sh", "-c", "echo x >> /data/f; wc -l < /data/f"};
          batch.add(world.start("soak-" + i, List.of("--rm"), Images.FIRST, command));
        }
        for (Attached each : batch) {
          Await.until(
              "it has started",
              () -> !each.lines().isEmpty(),
              () -> each.everything() + world.hookErrors() + world.log());
          each.end();
          int expected = done / AT_A_TIME + 1;
          assertEquals(List.of(Integer.toString(expected)), each.lines(), world::log);
        }
      }
      Await.until(
          "one spare is left",
          () -> world.keepers().isEmpty() && world.spares().size() == 1,
          world::log);
      try (Stream<?> left = Files.list(world.runDir().resolve("spares"))) {
        assertEquals(3, left.count(), "more than a socket and two locks");
      }
      long pid = world.spares().get(0).pid();
      String cgroups = Files.readString(Path.of("/proc/" + pid + "/cgroup"));
      assertEquals(true, cgroups.contains(":/diffkeeper\n"), cgroups);
    }
  }
}
