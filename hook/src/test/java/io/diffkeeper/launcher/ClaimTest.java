package io.diffkeeper.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The built launcher among spare keepers.
 *
 * <pre>
 *   prefix/lib/diffkeeper/build-id               aaaaaaaaaaaaaaaa
 *   prefix/lib/diffkeeper/runtime/bin/java       a script: a cold keeper, which counts itself
 *   run/spares/aaaaaaaaaaaaaaaa.1                {@link ScriptedKeeper}s
 * </pre>
 */
@Timeout(60)
class ClaimTest {
  private static final String STATE = "{\"ociVersion\":\"1.0.2\",\"id\":\"c1\",\"pid\":42}";
  private static final String BUILD = "a".repeat(16);
  private static final String GREETING = "SPARE\n";
  private static final String COLD =
      """
      #!/bin/sh
      read -r magic protocol stage length options <&3
      head -c "$length" <&3 > request
      echo cold >> cold
      echo READY >&3
      """;

  @TempDir private Path scratch;
  private Path home;
  private Path spares;
  private Path launcher;

  /** The launcher to test. */
  Path built() {
    return Path.of(System.getProperty("diffkeeper.dist", "target/dist"))
        .resolve("libexec/oci/hooks.d/diffkeeper-hook");
  }

  @BeforeEach
  void installInAScratchPrefix() throws IOException {
    Path built = built();
    assumeTrue(Files.isExecutable(built), built + " is not built: make test");
    home = Files.createDirectories(scratch.resolve("prefix/lib/diffkeeper"));
    Path hooks = Files.createDirectories(scratch.resolve("prefix/libexec/oci/hooks.d"));
    launcher = Files.copy(built, hooks.resolve("diffkeeper-hook"));
    spares = Files.createDirectories(scratch.resolve("run/spares"));
    Path java = Files.createDirectories(home.resolve("runtime/bin")).resolve("java");
    Files.writeString(java, COLD);
    Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.writeString(home.resolve("build-id"), BUILD + "\n");
    Files.writeString(scratch.resolve("state.json"), STATE);
  }

  private ScriptedKeeper spare(int number) throws IOException {
    return new ScriptedKeeper(spares.resolve(BUILD + "." + number), GREETING, "READY\n");
  }

  private Process begin(String... options) throws IOException {
    return begin(Map.of(), options);
  }

  private Process begin(Map<String, String> environment, String... options) throws IOException {
    List<String> words = new ArrayList<>(List.of(launcher.toString()));
    words.addAll(List.of("--run-dir", scratch.resolve("run").toString()));
    words.addAll(List.of(options));
    words.add("createRuntime");
    ProcessBuilder builder =
        new ProcessBuilder(words)
            .redirectInput(scratch.resolve("state.json").toFile())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().putAll(environment);
    return builder.start();
  }

  private int launch(String... options) throws Exception {
    return end(begin(options));
  }

  private int launchWishing(String trace) throws Exception {
    return end(begin(Map.of("DIFFKEEPER_TRACE_START", trace)));
  }

  private static int end(Process launched) throws Exception {
    try {
      assertTrue(launched.waitFor(30, TimeUnit.SECONDS), "the launcher hangs");
      return launched.exitValue();
    } finally {
      launched.destroyForcibly();
    }
  }

  private long coldStarts() throws IOException {
    Path count = home.resolve("cold");
    return Files.exists(count) ? Files.readAllLines(count).size() : 0;
  }

  private long left() throws IOException {
    try (Stream<Path> files = Files.list(spares)) {
      return files.count();
    }
  }

  @Test
  void claimsASpare() throws Exception {
    try (ScriptedKeeper spare = spare(1)) {
      assertEquals(0, launch("--config", "/etc/a b.toml"));
      String header = "diffkeeper 1 createRuntime " + STATE.length() + " config=/etc/a b.toml\n";
      assertEquals(header + STATE, spare.request());
    }
    assertEquals(0, coldStarts());
    assertEquals(0, left());
  }

  @Test
  void asksForATraceOnlyWhenToldTo() throws Exception {
    try (ScriptedKeeper spare = spare(1)) {
      assertEquals(0, launch("--trace-start"));
      assertTrue(spare.request().matches("diffkeeper 1 createRuntime \\d+ trace=\\d+\n.*"));
    }
  }

  @Test
  void takesTheWishForATraceFromTheEnvironmentToo() throws Exception {
    try (ScriptedKeeper spare = spare(1)) {
      assertEquals(0, launchWishing("1"));
      assertTrue(spare.request().matches("diffkeeper 1 createRuntime \\d+ trace=\\d+\n.*"));
    }
    try (ScriptedKeeper spare = spare(2)) {
      assertEquals(0, launchWishing("0"));
      assertFalse(spare.request().contains("trace"));
    }
  }

  @Test
  void startsColdAfterASpareThatDiesOfTheRequest() throws Exception {
    try (ScriptedKeeper dying = ScriptedKeeper.dying(spares.resolve(BUILD + ".1"), GREETING)) {
      assertEquals(0, launch());
      assertTrue(dying.wasAsked());
    }
    assertEquals(1, coldStarts());
    assertEquals(STATE, Files.readString(home.resolve("request")));
  }

  @Test
  void passesOverADeadSpareToTheNext() throws Exception {
    spare(1).close();
    try (ScriptedKeeper spare = spare(2)) {
      assertEquals(0, launch());
      assertEquals(0, coldStarts());
      assertTrue(spare.wasAsked());
    }
  }

  @Test
  void startsColdAfterADeadSpare() throws Exception {
    spare(1).close();
    assertEquals(0, launch());
    assertEquals(1, coldStarts());
    assertEquals(0, left());
  }

  @Test
  void givesASpareThatHangsNoRequest() throws Exception {
    try (ScriptedKeeper hung = new ScriptedKeeper(spares.resolve(BUILD + ".1"), "", "READY\n")) {
      assertEquals(0, launch());
      assertEquals(1, coldStarts());
      assertFalse(hung.wasAsked());
    }
  }

  @Test
  void leavesSparesOfAnotherBuildAlone() throws Exception {
    try (ScriptedKeeper other =
        new ScriptedKeeper(spares.resolve("b".repeat(16) + ".1"), GREETING, "READY\n")) {
      assertEquals(0, launch());
      assertEquals(1, coldStarts());
      assertEquals(1, left());
      assertFalse(other.wasAsked());
    }
  }

  @Test
  void leavesWhatIsNoSpareAlone() throws Exception {
    Files.writeString(spares.resolve("slot.0"), "");
    Files.createDirectories(spares.resolve("warm.1"));
    Files.writeString(spares.resolve("new.1"), "");
    assertEquals(0, launch());
    assertEquals(1, coldStarts());
    assertEquals(3, left());
  }

  @Test
  void givesEachSpareToOneOfManyLaunchers() throws Exception {
    int spareCount = 8;
    int launcherCount = 20;
    List<ScriptedKeeper> all = new ArrayList<>();
    for (int i = 0; i < spareCount; i++) {
      all.add(spare(i));
    }
    List<Process> launched = new ArrayList<>();
    for (int i = 0; i < launcherCount; i++) {
      launched.add(begin());
    }
    for (Process each : launched) {
      assertEquals(0, end(each));
    }
    int asked = 0;
    for (ScriptedKeeper spare : all) {
      asked += spare.wasAsked() ? 1 : 0;
      spare.close();
    }
    assertEquals(launcherCount, asked + coldStarts());
    assertTrue(asked > 0, "no spare was used");
    assertEquals(0, left());
  }
}
