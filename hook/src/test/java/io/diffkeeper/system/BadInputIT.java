package io.diffkeeper.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a runtime or an image hands over: exit code 10 and one line that says what is wrong. */
@Timeout(600)
class BadInputIT {
  private static final long HUGE_BYTES = 100_000_000;

  private World world;

  @BeforeEach
  void open() throws Exception {
    world = new World("crun", World.NO_SPARES);
  }

  @AfterEach
  void close() throws Exception {
    world.close();
  }

  private static void assertRefused(Run run, String why) {
    assertEquals(10, run.code(), run::toString);
    assertEquals("", run.out());
    assertEquals(1, run.err().lines().count(), run::toString);
    assertTrue(run.err().startsWith("diffkeeper: ") && run.err().contains(why), run::toString);
  }

  private Run createRuntime(String state) throws Exception {
    return world.callHook("createRuntime", Files.writeString(world.scratch().resolve("in"), state));
  }

  /** Calls the hook for a bundle whose config.json has one annotation of ours. */
  private Run annotated(String annotations) throws Exception {
    Path bundle = Files.createDirectories(world.scratch().resolve("bundle/rootfs")).getParent();
    Files.writeString(
        bundle.resolve("config.json"),
        "{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"rootfs\"},\"annotations\":{"
            + annotations
            + "}}");
    return createRuntime(state(bundle));
  }

  private static String state(Path bundle) {
    long pid = ProcessHandle.current().pid();
    return String.format(
        "{\"ociVersion\":\"1.0.2\",\"id\":\"c1\",\"status\":\"created\",\"pid\":%d,\"bundle\":\"%s\"}",
        pid, bundle);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "not json", "[]", "{}", "{\"id\":\"c1\",\"bundle\":\"/x\"", "null"})
  void aStateThatIsNone(String state) throws Exception {
    assertRefused(createRuntime(state), "state");
  }

  @Test
  void aTruncatedState() throws Exception {
    String whole = state(world.scratch());
    assertRefused(createRuntime(whole.substring(0, whole.length() - 5)), "state");
  }

  @Test
  void aHugeState() throws Exception {
    Path huge = world.scratch().resolve("huge");
    try (RandomAccessFile file = new RandomAccessFile(huge.toFile(), "rw")) {
      file.setLength(HUGE_BYTES);
    }
    assertRefused(world.callHook("createRuntime", huge), "exceeds 4 MiB");
    assertRefused(world.callHook("poststop", huge), "exceeds 4 MiB");
  }

  @Test
  void aBundleWithoutConfiguration() throws Exception {
    assertRefused(createRuntime(state(world.scratch().resolve("nowhere"))), "config.json");
  }

  @Test
  void aHugeConfigJson() throws Exception {
    Path bundle = Files.createDirectories(world.scratch().resolve("huge-bundle"));
    try (RandomAccessFile file =
        new RandomAccessFile(bundle.resolve("config.json").toFile(), "rw")) {
      file.setLength(HUGE_BYTES);
    }
    assertRefused(createRuntime(state(bundle)), "config.json");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "state-dir | ''",
        "state-dir | data",
        "state-dir | ./data",
        "state-dir | /",
        "state-dir | /data/../etc",
        "state-dir | /data,/data/sub",
        "state-dir | /data,,/b",
        "statedir  | /data",
        "state_dir | /data",
        "name      | a/b",
        "replay    | sometimes",
        "from      | a b",
        "chunk-size| big",
        "on-failure| shrug",
        "exclude   | [",
      })
  void anAnnotation(String key, String value) throws Exception {
    String ours = String.format("\"io.diffkeeper.%s\":\"%s\"", key, value);
    String dir = key.equals("state-dir") ? "" : "\"io.diffkeeper.state-dir\":\"/data\",";
    assertRefused(annotated(dir + ours), "io.diffkeeper." + key);
  }

  @Test
  void aConfigurationWithAnUnknownKey() throws Exception {
    world.configure("capture-dealy = \"1s\"");
    assertRefused(annotated("\"io.diffkeeper.state-dir\":\"/data\""), "capture-dealy");
  }

  /** The same through podman: the container does not start. */
  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void aContainerWithAnUnknownAnnotationDoesNotStart(String runtime) throws Exception {
    try (World other = new World(runtime, World.NO_SPARES)) {
      List<String> options = List.of("--annotation", "io.diffkeeper.colour=red");
      Run run = other.tryOnce(options, Images.FIRST, "echo", "started");
      run.expectHookFailure(10);
      assertFalse(run.out().contains("started"));
      String said = run.err() + other.hookErrors();
      assertTrue(said.contains("annotation io.diffkeeper.colour: unknown"), said);
      assertFalse(Files.exists(other.store().resolve("data.mdb")), "it made a store for that");
    }
  }
}
