package io.diffkeeper.system;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a keeper gives back when it has nothing to do: pages of code that it has only read. */
@Timeout(600)
class IdleIT {
  private static final long GIVEN_KB_MIN = 6 << 10;
  private static final int CHUNK_BYTES = 64 << 10;

  @Test
  void givesBackItsCodeAfterTheStartAndWheneverItHasBeenIdle() throws Exception {
    try (World world = new World("crun", World.NO_SPARES)) {
      world.start(List.of(), Images.FIRST, "sh", "-c", "echo up; sleep 1000").await("up");
      long keeper = world.keepers().get(0).pid();
      long before = withAllCode(keeper);
      awaitLess(world, keeper, before, "after the start");

      before = withAllCode(keeper);
      world.podman("exec", world.name, "sh", "-c", "echo 1 > /data/f");
      world.commit(world.name);
      awaitLess(world, keeper, before, "idle again");

      world.podman("exec", world.name, "sh", "-c", "echo 2 > /data/f");
      world.commit(world.name); // all of it comes back when it is needed
      world.killAndRemove();
      assertTrue(world.cli("cat", world.name, "/data/f").expect(0).out().equals("2\n"));
    }
  }

  private static void awaitLess(World world, long keeper, long before, String when) {
    String what = "the keeper has given back " + GIVEN_KB_MIN + " of " + before + " kB, " + when;
    Await.until(what, () -> fileKilobytes(keeper) <= before - GIVEN_KB_MIN, world::log);
  }

  /** Resident pages of files: RssFile of /proc/PID/status. */
  private static long fileKilobytes(long pid) {
    try {
      for (String line : Files.readAllLines(Path.of("/proc", "" + pid, "status"))) {
        if (line.startsWith("RssFile:")) {
          return Long.parseLong(line.replaceAll("[^0-9]", ""));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    throw new AssertionError("no RssFile in the status of " + pid);
  }

  /** The same when all of the JVM's code is resident: whoever reads it through mem makes it so. */
  private static long withAllCode(long pid) throws IOException {
    Path proc = Path.of("/proc", "" + pid);
    byte[] chunk = new byte[CHUNK_BYTES];
    try (RandomAccessFile memory = new RandomAccessFile(proc.resolve("mem").toFile(), "r")) {
      for (String line : Files.readAllLines(proc.resolve("maps"))) {
        if (line.contains(" r-xp ") && line.endsWith("/libjvm.so")) {
          String[] range = line.substring(0, line.indexOf(' ')).split("-");
          long end = Long.parseLong(range[1], 16);
          for (long at = Long.parseLong(range[0], 16); at < end; at += chunk.length) {
            memory.seek(at);
            memory.readFully(chunk, 0, (int) Math.min(chunk.length, end - at));
          }
        }
      }
    }
    return fileKilobytes(pid);
  }
}
