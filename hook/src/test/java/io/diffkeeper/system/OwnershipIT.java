package io.diffkeeper.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose state it is: one writer at a time, and no image that helps itself. */
@Timeout(600)
class OwnershipIT {
  private static final List<String> SHARED = List.of("--annotation", "io.diffkeeper.name=shared");

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"crun", "runc"})
  void aStateHasOneWriter(String runtime) throws Exception {
    try (World world = new World(runtime, World.NO_SPARES)) {
      world.configure("lock-wait = \"1s\"");
      String script = "echo mine > /data/note; echo ready; exec sleep 1000";
      world.start(world.name + "-a", SHARED, Images.FIRST, "sh", "-c", script).await("ready");
      String holder =
          world.podman("inspect", "--format", "{{.Id}}", world.name + "-a").out().strip();

      Run second = world.tryOnce(SHARED, Images.FIRST, "cat", "/data/note");
      second.expectHookFailure(11);
      assertEquals("", second.out(), "it started");
      String said = second.err() + world.hookErrors();
      assertTrue(said.contains("held by container " + holder), said);

      world.podman("rm", "--force", "--time", "0", world.name + "-a");
      assertEquals("mine\n", world.once(SHARED, Images.FIRST, "cat", "/data/note").out());
    }
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"crun", "runc"})
  void anotherImageHasToBeAllowedToNameAState(String runtime) throws Exception {
    try (World world = new World(runtime, World.NO_SPARES)) {
      world.once(SHARED, Images.FIRST, "sh", "-c", "echo secret > /data/note");

      Run refused = world.tryOnce(SHARED, Images.OTHER, "cat", "/data/note");
      refused.expectHookFailure(10);
      assertEquals("", refused.out(), "it started");
      String said = refused.err() + world.hookErrors();
      String command = "diffkeeper allow podman/shared --image localhost/stranger/fileops";
      assertTrue(said.contains(command), said);

      List<String> from = List.of("--annotation", "io.diffkeeper.from=shared@latest");
      Run detour = world.tryOnce(from, Images.OTHER, "cat", "/data/note");
      detour.expectHookFailure(10);
      assertTrue((detour.err() + world.hookErrors()).contains(command), detour::toString);

      world.cli("allow", "podman/shared", "--image", "localhost/stranger/fileops").expect(0);
      assertEquals("secret\n", world.once(SHARED, Images.OTHER, "cat", "/data/note").out());
      assertEquals("secret\n", world.once(from, Images.OTHER, "cat", "/data/note").out());
    }
  }

  /** The container's name is the operator's choice, whatever the image. */
  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"crun"})
  void theDefaultNameIsHonouredForEveryImage(String runtime) throws Exception {
    try (World world = new World(runtime, World.NO_SPARES)) {
      world.once("sh", "-c", "echo 1 > /data/note");
      assertEquals("1\n", world.once(List.of(), Images.OTHER, "cat", "/data/note").out());
    }
  }
}
