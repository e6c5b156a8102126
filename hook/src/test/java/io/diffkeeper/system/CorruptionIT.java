package io.diffkeeper.system;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A store with one wrong byte. */
@Timeout(600)
class CorruptionIT {
  private static final int FLIPS = 10;
  private static final int WINDOW_BYTES = 32;
  private static final Pattern NUMBER = Pattern.compile("\"version\" : ([0-9]+)");
  private static final Set<Integer> REFUSED = Set.of(12, 13);

  private static final String FILL =
      "head -c 200000 /dev/urandom > /data/random; seq 1 20000 > /data/numbers;"
          + "echo changed > /data/image/changed";

  private static Path data(World world) {
    return world.store().resolve("data.mdb");
  }

  /** Where the store holds a piece of a file's content as it is. */
  private static int find(byte[] store, byte[] content) {
    byte[] piece =
        Arrays.copyOfRange(content, content.length / 2, content.length / 2 + WINDOW_BYTES);
    for (int at = 0; at + piece.length <= store.length; at++) {
      if (Arrays.equals(store, at, at + piece.length, piece, 0, piece.length)) {
        return at;
      }
    }
    throw new AssertionError("random bytes are not stored as they are");
  }

  private static void flip(Path file, byte[] good, int at) throws IOException {
    byte[] bad = good.clone();
    bad[at] ^= 0x10;
    // Written in place: the store's inode stays.
    Files.write(file, bad);
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"crun", "runc"})
  void aFlippedByteKeepsTheContainerFromStarting(String runtime) throws Exception {
    try (World world = new World(runtime, World.NO_SPARES)) {
      world.once("sh", "-c", FILL);
      world.cli("verify").expect(0);
      byte[] content = world.cli("cat", world.name, "/data/random").expect(0).bytes();
      assertEquals(200_000, content.length);
      byte[] good = Files.readAllBytes(data(world));
      flip(data(world), good, find(good, content));

      Run verify = world.cli("verify").expect(12);
      assertTrue(verify.out().contains("/data/random"), verify::toString);
      assertTrue(world.cli("verify", "--json").expect(12).out().contains("/data/random"));
      world.cli("verify", world.name + "@latest").expect(12);
      world.cli("verify", world.name + "@base").expect(12); // of the same version
      world.cli("verify", world.name + "@999").expect(3);
      Run cat = world.cli("cat", world.name, "/data/random");
      assertEquals(12, cat.code(), cat::toString);

      Run refused = world.tryOnce(List.of(), Images.FIRST, "echo", "started");
      refused.expectHookFailure(12);
      assertFalse(refused.out().contains("started"), refused::toString);
      String said = refused.err() + world.hookErrors();
      assertTrue(said.contains("/data/random: ") && said.contains("object "), said);

      List<String> goOn = List.of("--annotation", "io.diffkeeper.on-failure=continue");
      Run started = world.once(goOn, Images.FIRST, "/fileops", "manifest", "/data");
      assertEquals(manifestOfTheImage(world), started.out());
      world.assertLogged("(on-failure)");

      Files.write(data(world), good);
      world.cli("verify").expect(0);
      String again = world.once("cat", "/data/image/changed").out();
      assertEquals("changed\n", again);
    }
  }

  private static String manifestOfTheImage(World world) {
    return world
        .podman("run", "--rm", "--network", "none", Images.FIRST, "/fileops", "manifest", "/data")
        .out();
  }

  /**
   * Any byte: either it is found, or it is in a page that nothing uses, and then nothing that is
   * read is wrong. A replay gives the right tree or none.
   */
  @Test
  void anyFlippedByteIsFoundOrHarmless() throws Exception {
    try (World world = new World("crun", World.NO_SPARES)) {
      world.once("sh", "-c", FILL);
      world.once("sh", "-c", "seq 5 20005 > /data/numbers; rm /data/image/kept");
      byte[] good = Files.readAllBytes(data(world));
      byte[] numbers = world.cli("cat", world.name, "/data/numbers").expect(0).bytes();
      long seed = System.nanoTime();
      System.out.println("seed " + seed);
      Random random = new Random(seed);
      int found = 0;
      for (int i = 0; i < FLIPS; i++) {
        int at = random.nextInt(good.length);
        flip(data(world), good, at);
        found += assertFoundOrHarmless(world, "byte " + at + ", seed " + seed, i, numbers) ? 1 : 0;
      }
      Files.write(data(world), good);
      world.cli("verify").expect(0);
      assertTrue(found > 0, "none of " + FLIPS + " flipped bytes was found, seed " + seed);
    }
  }

  private static boolean assertFoundOrHarmless(World world, String where, int i, byte[] numbers) {
    Run verify = world.cli("verify");
    assertTrue(Set.of(0, 12).contains(verify.code()), () -> where + "\n" + verify);
    Path out = world.scratch().resolve("export" + i);
    Run export = world.cli("export", world.name, "--out", out.toString());
    if (export.code() == 0) {
      assertArrayEquals(numbers, bytes(out.resolve("data/numbers")), where);
    } else {
      assertTrue(REFUSED.contains(export.code()), () -> where + "\n" + export);
      assertEquals(12, verify.code(), () -> where + "\n" + verify + export);
    }
    return verify.code() == 12;
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aRepairDropsWhatIsLostAndNobodyStartsFromTheRestUnasked() throws Exception {
    try (World world = new World("crun", World.NO_SPARES)) {
      world.once("sh", "-c", "seq 1 20000 > /data/numbers");
      world.once("sh", "-c", FILL);
      String ready = "echo ready; exec sleep 1000";
      world.start(List.of(), Images.FIRST, "sh", "-c", ready).await("ready");
      Run busy = world.cli("repair").expect(11);
      assertTrue(busy.err().contains("holds state"), busy::toString);
      world.killAndRemove();
      long number = latest(world);
      byte[] content = world.cli("cat", world.name, "/data/random").expect(0).bytes();
      byte[] good = Files.readAllBytes(data(world));
      flip(data(world), good, find(good, content));

      Run dry = world.cli("repair", "--dry-run").expect(12);
      assertTrue(dry.out().contains("/data/random"), dry::toString);
      world.cli("verify").expect(12);
      Run repaired = world.cli("repair").expect(0);
      assertTrue(repaired.out().contains("/data/random"), repaired::toString);
      world.cli("verify").expect(0);
      assertTrue(world.cli("repair").expect(0).out().contains(": ok"));
      assertTrue(world.cli("log", world.name).expect(0).out().contains("damaged"));

      Run refused = world.tryOnce(List.of(), Images.FIRST, "true");
      refused.expectHookFailure(12);
      String said = refused.err() + world.hookErrors();
      assertTrue(said.contains("lost files to damage"), said);
      List<String> rest = List.of("--annotation", "io.diffkeeper.from=" + number);
      Run named = world.once(rest, Images.FIRST, "sh", "-c", "ls /data; cat /data/numbers");
      assertFalse(named.out().contains("random"), named::toString);
      assertTrue(named.out().contains("\n20000\n"), named::toString);
      assertEquals("changed\n", world.once("cat", "/data/image/changed").out());
    }
  }

  private static long latest(World world) {
    Matcher json = NUMBER.matcher(world.cli("log", "--json", world.name).expect(0).out());
    assertTrue(json.find());
    return Long.parseLong(json.group(1));
  }
}
