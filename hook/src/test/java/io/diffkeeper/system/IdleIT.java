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
      awaitGiven(world, keeper, "after the start");

      readAllCode(keeper);
      assertTrue(given(keeper) < GIVEN_KB_MIN, "all of it is there");
      world.podman("exec", world.name, "sh", "-c", "echo 1 > /data/f");
      world.commit(world.name);
      awaitGiven(world, keeper, "idle again");

      world.podman("exec", world.name, "sh", "-c", "echo 2 > /data/f");
      world.commit(world.name); // all of it comes back when it is needed
      world.killAndRemove();
      assertTrue(world.cli("cat", world.name, "/data/f").expect(0).out().equals("2\n"));
    }
  }

  private static void awaitGiven(World world, long keeper, String when) {
    String what = "the keeper has given back " + GIVEN_KB_MIN + " kB of the JVM's code, " + when;
    Await.until(what, () -> given(keeper) >= GIVEN_KB_MIN, world::log);
  }

  /** How much of the JVM's code is not resident, by smaps (proc(5)); in KiB. */
  private static long given(long pid) {
    boolean code = false;
    long size = 0;
    for (String line : lines(pid, "smaps")) {
      code |= isCode(line);
      if (code && line.startsWith("Size:")) {
        size = number(line);
      } else if (code && line.startsWith("Rss:")) {
        return size - number(line);
      }
    }
    throw new AssertionError("process " + pid + " has no code of a JVM");
  }

  private static List<String> lines(long pid, String file) {
    try {
      return Files.readAllLines(Path.of("/proc", "" + pid, file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long number(String line) {
    return Long.parseLong(line.replaceAll("[^0-9]", ""));
  }

  private static boolean isCode(String map) {
    return map.contains(" r-xp ") && map.endsWith("/libjvm.so");
  }

  /** Makes all of the JVM's code resident, as who reads it through mem does. */
  private static void readAllCode(long pid) throws IOException {
    byte[] chunk = new byte[CHUNK_BYTES];
    try (RandomAccessFile memory = new RandomAccessFile("/proc/" + pid + "/mem", "r")) {
      for (String line : lines(pid, "maps")) {
        if (isCode(line)) {
          String[] range = line.substring(0, line.indexOf(' ')).split("-");
          long end = Long.parseLong(range[1], 16);
          for (long at = Long.parseLong(range[0], 16); at < end; at += chunk.length) {
            memory.seek(at);
            memory.readFully(chunk, 0, (int) Math.min(chunk.length, end - at));
          }
        }
      }
    }
  }
}
