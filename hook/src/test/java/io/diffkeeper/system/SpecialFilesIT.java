package io.diffkeeper.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Device nodes and setuid bits come back only where the administrator allows it. */
@Timeout(600)
class SpecialFilesIT {
  private static final List<String> MKNOD = List.of("--cap-add", "MKNOD");

  /** The manifest of a container that made all of them, which was then killed. */
  private static String made(World world) throws Exception {
    Attached maker = world.start(MKNOD, Images.FIRST, "/fileops", "special", "/data");
    maker.await("ready");
    assumeTrue(
        maker.lines().contains("did mknod char"), () -> "no mknod here: " + maker.everything());
    assertTrue(maker.lines().contains("did setuid"), maker::everything);
    String before = world.manifest();
    world.killAndRemove();
    return before;
  }

  private static String line(String manifest, String name) {
    return manifest.lines().filter(l -> l.startsWith("./" + name + " ")).findFirst().orElse("");
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"crun", "runc"})
  void areWithheldByDefault(String runtime) throws Exception {
    try (World world = new World(runtime, World.NO_SPARES)) {
      String before = made(world);
      String after = world.once(MKNOD, Images.FIRST, "/fileops", "manifest", "/data").out();
      assertEquals("", line(after, "char"));
      assertEquals("", line(after, "block"));
      assertEquals(line(before, "setuid").replace(" 6755 ", " 0755 "), line(after, "setuid"));
      assertEquals(line(before, "fifo"), line(after, "fifo"));
      world.assertLogged("/data/char: device node not restored: allow-devices is off");
      world.assertLogged("/data/setuid: setuid or setgid bit not restored: allow-setuid is off");
    }
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"crun", "runc"})
  void areRestoredWhereAllowed(String runtime) throws Exception {
    try (World world = new World(runtime, World.NO_SPARES)) {
      world.configure("allow-devices = true", "allow-setuid = true");
      String before = made(world);
      String after = world.once(MKNOD, Images.FIRST, "/fileops", "manifest", "/data").out();
      assertTrue(line(after, "char").contains(" c 0620 ") && line(after, "char").contains("1:3"));
      for (String name : new String[] {"char", "block", "fifo", "setuid"}) {
        assertEquals(line(before, name), line(after, name));
      }
      assertFalse(after.contains("./socket "), "a socket without its server is of no use");
    }
  }
}
