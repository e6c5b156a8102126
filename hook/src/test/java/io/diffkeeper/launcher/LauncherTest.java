package io.diffkeeper.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The built launcher in a scratch prefix, with shell scripts for keepers.
 *
 * <pre>
 *   prefix/libexec/oci/hooks.d/diffkeeper-hook   the launcher under test
 *   prefix/lib/diffkeeper/runtime/bin/java       a script; it speaks to the launcher on fd 3
 *   run/containers/ID/keeper.sock                {@link ScriptedKeeper}
 * </pre>
 */
@Timeout(60)
class LauncherTest {
  private static final String STATE = "{\"ociVersion\":\"1.0.2\",\"id\":\"c1\",\"pid\":42}";

  /** Reads the request, leaves it in files, and goes on with the test's own lines. */
  private static final String READ_REQUEST =
      """
      #!/bin/sh
      read -r magic protocol stage length <&3
      echo "$magic $protocol $stage $length" > header
      head -c "$length" <&3 > request
      """;

  /** A runtime that leaves open fds and ignored signals to its hooks. */
  private static final String CALLER =
      "trap '' INT TERM USR1; exec 5</dev/zero 9</; exec \"$0\" \"$@\"";

  @TempDir private Path scratch;
  private Path home;
  private Path run;
  private Path launcher;

  private record Result(int code, String err) {}

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
    run = Files.createDirectories(scratch.resolve("run"));
    Path hooks = Files.createDirectories(scratch.resolve("prefix/libexec/oci/hooks.d"));
    launcher = hooks.resolve("diffkeeper-hook");
    Files.copy(built, launcher);
  }

  private void keeper(String script) throws IOException {
    Path java = Files.createDirectories(home.resolve("runtime/bin")).resolve("java");
    Files.writeString(java, script);
    Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Result launch(Path stdin, String... args) throws Exception {
    List<String> command = new ArrayList<>(List.of("sh", "-c", CALLER, launcher.toString()));
    command.addAll(List.of(args));
    Path err = scratch.resolve("stderr");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectInput(stdin.toFile()).redirectError(err.toFile());
    builder.environment().put("JAVA_TOOL_OPTIONS", "-Dattack=1");
    builder.environment().put("LD_PRELOAD", "");
    Process process = builder.start();
    try {
      assertTrue(process.waitFor(30, TimeUnit.SECONDS), "the launcher hangs");
    } finally {
      process.destroyForcibly();
    }
    return new Result(process.exitValue(), Files.readString(err));
  }

  private Result launch(String state, String stage) throws Exception {
    Path stdin = Files.writeString(scratch.resolve("state.json"), state);
    return launch(stdin, "--run-dir", run.toString(), stage);
  }

  private String left(String file) throws IOException {
    return Files.readString(home.resolve(file));
  }

  @Test
  void handsTheWholeStateToTheKeeper() throws Exception {
    keeper(READ_REQUEST + "echo READY >&3\n");
    String state = "{\"id\":\"c1\",\"annotations\":{\"a\":\"" + "x".repeat(3 << 20) + "\"}}";
    assertEquals(new Result(0, ""), launch(state, "createRuntime"));
    assertEquals("diffkeeper 1 createRuntime " + state.length() + "\n", left("header"));
    assertEquals(state, left("request"));
  }

  @Test
  void prestartIsCreateRuntime() throws Exception {
    keeper(READ_REQUEST + "echo READY >&3\n");
    assertEquals(0, launch(STATE, "prestart").code());
    assertEquals("diffkeeper 1 createRuntime " + STATE.length() + "\n", left("header"));
  }

  @Test
  void passesOnItsOptionsAndNothingOfItsEnvironment() throws Exception {
    keeper(
        READ_REQUEST + "tr '\\0' '\\n' </proc/$$/environ >env; echo \"$@\" >args; echo READY >&3");
    Path stdin = Files.writeString(scratch.resolve("state.json"), STATE);
    launch(stdin, "--config", "/etc/x.toml", "--run-dir", run.toString(), "createRuntime");
    assertEquals("@keeper.args --run-dir " + run + " --config /etc/x.toml\n", left("args"));
    Set<String> names = new TreeSet<>();
    left("env").lines().forEach(line -> names.add(line.substring(0, line.indexOf('='))));
    assertEquals(Set.of("PATH", "LANG", "MALLOC_ARENA_MAX"), names);
  }

  @Test
  void detachesTheKeeperWithOnlyItsSocket() throws Exception {
    keeper(
        READ_REQUEST
            + """
            find /proc/$$/fd -type l -fprintf fds '%f %l\\n'
            grep SigIgn /proc/$$/status >ignored
            cut -d' ' -f1,6 /proc/$$/stat >session
            umask >umask
            pwd >cwd
            echo READY >&3
            """);
    assertEquals(0, launch(STATE, "createRuntime").code());
    Set<String> fds = new TreeSet<>();
    left("fds").lines().map(line -> line.replaceAll("socket:.*", "socket")).forEach(fds::add);
    fds.removeIf(line -> line.endsWith("/java")); // the script, which its shell holds open
    assertEquals(Set.of("0 /dev/null", "1 /dev/null", "2 /dev/null", "3 socket"), fds);
    // Beyond the first 31 are the C library's own; glibc's posix_spawn leaves two ignored.
    long ignored = Long.parseLong(left("ignored").strip().split("\t")[1], 16);
    assertEquals(0, ignored & 0x7fff_ffff);
    String[] pidAndSession = left("session").strip().split(" ");
    assertEquals(pidAndSession[0], pidAndSession[1]);
    assertEquals("0077\n", left("umask"));
    assertEquals(home.toRealPath() + "\n", left("cwd"));
  }

  @Test
  void putsTheKeeperIntoTheGroupsThatAreNotedDown() throws Exception {
    Path group = Files.writeString(scratch.resolve("cgroup.procs"), "");
    Path gone = scratch.resolve("gone/cgroup.procs");
    Files.writeString(run.resolve("cgroups"), gone + "\n" + group + "\n");
    keeper(READ_REQUEST + "cp " + group + " group; echo READY >&3");
    assertEquals(0, launch(STATE, "createRuntime").code());
    assertEquals("0", left("group"));
  }

  @Test
  void failsWithTheKeepersCodeAndMessage() throws Exception {
    keeper(READ_REQUEST + "echo 'FAIL 11 state web is busy, held by 0815' >&3\n");
    assertEquals(
        new Result(
            11, "diffkeeper: state web is busy, held by 0815 (see journalctl -t diffkeeper)\n"),
        launch(STATE, "createRuntime"));
  }

  @Test
  void printsNoControlCharacterOfAMessage() throws Exception {
    keeper(READ_REQUEST + "printf 'FAIL 10 bad \\033[2Jname\\n' >&3\n");
    assertEquals(
        "diffkeeper: bad ?[2Jname (see journalctl -t diffkeeper)\n",
        launch(STATE, "createRuntime").err());
  }

  @Test
  void takesARefusalFromAKeeperThatReadsNothing() throws Exception {
    keeper("#!/bin/sh\necho 'FAIL 15 no space' >&3\n");
    Result result = launch("{" + " ".repeat(3 << 20) + "}", "createRuntime");
    assertEquals(15, result.code(), result::err);
  }

  @ParameterizedTest
  @ValueSource(strings = {"MAYBE", "DONE", "FAIL", "FAIL x y", "FAIL 0 fine", "FAIL 256 z"})
  void aWrongAnswerIsAnInternalError(String answer) throws Exception {
    keeper(READ_REQUEST + "echo '" + answer + "' >&3\n");
    assertEquals(1, launch(STATE, "createRuntime").code());
  }

  @Test
  void aDeadKeeperIsAFailedReplay() throws Exception {
    keeper("#!/bin/sh\nkill -9 $$\n");
    Result result = launch(STATE, "createRuntime");
    assertEquals(13, result.code());
    assertTrue(result.err().startsWith("diffkeeper: keeper died before it was ready"));
  }

  @Test
  void saysWhyTheKeeperCannotStart() throws Exception {
    Result result = launch(STATE, "createRuntime");
    assertEquals(1, result.code());
    String java = home.toRealPath().resolve("runtime/bin/java").toString();
    assertTrue(result.err().contains("cannot start " + java + ": No such file"), result::err);
  }

  @Test
  void refusesAnEmptyState() throws Exception {
    assertEquals(10, launch("", "createRuntime").code());
    assertEquals(10, launch("", "poststop").code());
  }

  @Test
  void refusesAHundredMegabytes() throws Exception {
    Path huge = scratch.resolve("huge.json");
    try (RandomAccessFile file = new RandomAccessFile(huge.toFile(), "rw")) {
      file.setLength(100_000_000);
    }
    Result result = launch(huge, "createRuntime");
    assertEquals(10, result.code());
    assertEquals(
        "diffkeeper: the state exceeds 4 MiB (see journalctl -t diffkeeper)\n", result.err);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "start", "--config", "--run-dir relative poststop", "poststop poststop"})
  void wrongArgumentsAreUsageErrors(String args) throws Exception {
    Path stdin = Files.writeString(scratch.resolve("state.json"), STATE);
    assertEquals(2, launch(stdin, args.isEmpty() ? new String[0] : args.split(" ")).code());
  }

  @Test
  void poststopOfAnUnknownContainerIsNothingToDo() throws Exception {
    assertEquals(new Result(0, ""), launch(STATE, "poststop"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"..", "../../etc", "a/b", "", "a\\u002fb"})
  void poststopRefusesHostileIds(String id) throws Exception {
    assertEquals(10, launch("{\"id\":\"" + id + "\"}", "poststop").code());
  }

  @Test
  void poststopWaitsForTheContainersKeeper() throws Exception {
    try (ScriptedKeeper keeper = new ScriptedKeeper(run.resolve("containers/c1"), "DONE\n")) {
      assertEquals(new Result(0, ""), launch(STATE, "poststop"));
      assertEquals("diffkeeper 1 poststop " + STATE.length() + "\n" + STATE, keeper.request());
    }
  }

  @Test
  void poststopPassesOnAFailure() throws Exception {
    try (ScriptedKeeper keeper =
        new ScriptedKeeper(run.resolve("containers/c1"), "FAIL 15 no space in /store\n")) {
      Result result = launch(STATE, "poststop");
      assertEquals(15, result.code());
      assertTrue(result.err().startsWith("diffkeeper: no space in /store "), keeper.request());
    }
  }

  @Test
  void poststopLeavesASlowKeeperToItsWork() throws Exception {
    try (ScriptedKeeper keeper = new ScriptedKeeper(run.resolve("containers/c1"), "")) {
      assertEquals(new Result(0, ""), launch(STATE, "poststop"));
      assertTrue(keeper.request().endsWith(STATE));
    }
  }

  @Test
  void poststopStartsAnotherKeeperForOneThatDied() throws Exception {
    keeper(READ_REQUEST + "echo DONE >&3\n");
    Files.createDirectories(run.resolve("containers/c1"));
    assertEquals(new Result(0, ""), launch(STATE, "poststop"));
    assertEquals("diffkeeper 1 poststop " + STATE.length() + "\n", left("header"));
    assertEquals(STATE, left("request"));
  }

  @Test
  void poststopStartsAnotherKeeperBehindADeadSocket() throws Exception {
    keeper(READ_REQUEST + "echo DONE >&3\n");
    Path folder = run.resolve("containers/c1");
    new ScriptedKeeper(folder, "DONE\n").close();
    assertTrue(Files.exists(folder.resolve("keeper.sock")));
    assertEquals(0, launch(STATE, "poststop").code());
    assertEquals(STATE, left("request"));
  }

  @Test
  void followsNoLinkToAContainersFolder() throws Exception {
    Path elsewhere = Files.createDirectories(scratch.resolve("elsewhere"));
    Files.createDirectories(run.resolve("containers"));
    Files.createSymbolicLink(run.resolve("containers/c1"), elsewhere);
    assertEquals(1, launch(STATE, "poststop").code());
    assertFalse(Files.exists(home.resolve("request")));
  }

  @Test
  void reachesAKeeperWhoseSocketPathIsTooLongForASocketAddress() throws Exception {
    String id = "c".repeat(100);
    Path folder = run.resolve("containers/" + id);
    Path shortcut = Files.createSymbolicLink(scratch.resolve("s"), folder);
    Files.createDirectories(folder);
    try (ScriptedKeeper keeper = new ScriptedKeeper(shortcut, "DONE\n")) {
      String state = "{\"id\":\"" + id + "\"}";
      assertEquals(new Result(0, ""), launch(state, "poststop"));
      assertArrivedWhole(state, keeper);
    }
  }

  private static void assertArrivedWhole(String state, ScriptedKeeper keeper) throws Exception {
    int length = state.getBytes(UTF_8).length;
    assertEquals("diffkeeper 1 poststop " + length + "\n" + state, keeper.request());
  }
}
