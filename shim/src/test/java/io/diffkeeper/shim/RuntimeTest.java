package io.diffkeeper.shim;

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
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The built runtime wrapper in a scratch prefix, with a shell script for a runtime.
 *
 * <pre>
 *   prefix/bin/diffkeeper-runtime         the wrapper under test
 *   prefix/etc/diffkeeper/runtime.toml    names the script
 *   bundle/config.json
 * </pre>
 */
@Timeout(60)
class RuntimeTest {
  private static final String OPTED_IN =
      "{\"root\": {\"path\":\"r\"},\n \"annotations\":{\"io.diffkeeper.state-dir\":\"/data\"}}\n";
  private static final String OTHER = "{\"annotations\":{\"a\":\"b\"}}";

  /** Says how it was called, and what it inherited. */
  private static final String SCRIPT =
      """
      #!/bin/sh
      echo "$@" > "$LEFT/args"
      env | sort > "$LEFT/env"
      pwd > "$LEFT/cwd"
      find /proc/$$/fd -lname '*/marker' -printf '%f\\n' > "$LEFT/fds"
      umask > "$LEFT/umask"
      grep SigIgn /proc/$$/status > "$LEFT/signals"
      cat
      exit 7
      """;

  @TempDir private Path scratch;
  private Path prefix;
  private Path bundle;
  private Path real;

  private record Result(int code, String out, String err) {}

  /** The wrapper to test. */
  Path built() {
    return Path.of(System.getProperty("diffkeeper.dist", "target/dist"))
        .resolve("bin/diffkeeper-runtime");
  }

  @BeforeEach
  void installInAScratchPrefix() throws IOException {
    assumeTrue(Files.isExecutable(built()), built() + " is not built: make test");
    scratch = scratch.toRealPath();
    prefix = scratch.resolve("prefix");
    bundle = Files.createDirectories(scratch.resolve("bundle"));
    Files.createDirectories(prefix.resolve("bin"));
    Files.copy(built(), prefix.resolve("bin/diffkeeper-runtime"));
    real = scratch.resolve("real");
    Files.writeString(real, SCRIPT);
    Files.setPosixFilePermissions(real, PosixFilePermissions.fromString("rwxr-xr-x"));
    settings("runtime = \"" + real + "\"");
  }

  private void settings(String... lines) throws IOException {
    Path file = prefix.resolve("etc/diffkeeper/runtime.toml");
    Files.createDirectories(file.getParent());
    Files.write(file, List.of(lines));
  }

  private Path config(String json) throws IOException {
    return Files.writeString(bundle.resolve("config.json"), json);
  }

  private Result run(Path folder, String... args) throws Exception {
    // The descriptor and the ignored signal are for the runtime: it has to find them.
    String caller = "trap '' USR1; exec 7<\"$LEFT/marker\"; umask 027; exec \"$0\" \"$@\"";
    Path wrapper = prefix.resolve("bin/diffkeeper-runtime");
    List<String> command = new ArrayList<>(List.of("sh", "-c", caller, wrapper.toString()));
    command.addAll(List.of(args));
    Path in = Files.writeString(scratch.resolve("in"), "input");
    Files.writeString(scratch.resolve("marker"), "");
    Path out = scratch.resolve("out");
    Path err = scratch.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectInput(in.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().put("LEFT", scratch.toString());
    Process process = builder.start();
    assertTrue(process.waitFor(30, TimeUnit.SECONDS), "the wrapper hangs");
    return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  private Result create(String... more) throws Exception {
    List<String> args = new ArrayList<>(List.of(more));
    args.addAll(List.of("create", "--bundle", bundle.toString(), "c1"));
    return run(scratch, args.toArray(String[]::new));
  }

  private String left(String file) throws IOException {
    return Files.readString(scratch.resolve(file)).strip();
  }

  private String hooks(String options) {
    String format =
        "\"hooks\":{\"createRuntime\":[%s,\"createRuntime\"],\"timeout\":310}],"
            + "\"poststop\":[%s,\"poststop\"],\"timeout\":10}]},";
    String hook =
        "{\"path\":\""
            + prefix
            + "/libexec/oci/hooks.d/diffkeeper-hook\",\"args\":[\"diffkeeper-hook\""
            + options;
    return String.format(format, hook, hook);
  }

  @Test
  void isTheRuntimeForWhoeverCallsIt() throws Exception {
    Result result = run(bundle, "--root", "/x y", "state", "--flag", "c1");
    assertEquals(new Result(7, "input", ""), result);
    assertEquals("--root /x y state --flag c1", left("args"));
    assertEquals(bundle.toString(), left("cwd"));
    assertEquals("7", left("fds"));
    assertEquals("0027", left("umask"));
    long ignored = Long.parseLong(left("signals").split("\t")[1], 16);
    assertEquals(1L << 9, ignored & 1L << 9); // SIGUSR1
    assertTrue(left("env").contains("LEFT=" + scratch), left("env"));
  }

  @Test
  void insertsHooksAndLeavesTheRest() throws Exception {
    Path file = config(OPTED_IN);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    assertEquals(new Result(7, "input", ""), create("--log-format", "json"));
    assertEquals("{" + hooks("") + OPTED_IN.substring(1), Files.readString(file));
    assertEquals("rw-r-----", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    try (Stream<Path> files = Files.list(bundle)) {
      assertEquals(List.of(file), files.toList());
    }
  }

  @Test
  void passesOnWhereTheLauncherFindsItsOwn() throws Exception {
    settings(
        "# a comment",
        "  runtime = \"" + real + "\"  # another",
        "config=\"/etc/x.toml\"",
        "run-dir = \"/run/x\"");
    Path file = config(OPTED_IN);
    create();
    String options = ",\"--config\",\"/etc/x.toml\",\"--run-dir\",\"/run/x\"";
    assertEquals("{" + hooks(options) + OPTED_IN.substring(1), Files.readString(file));
  }

  @Test
  void createdTwiceItHasItsHooksOnce() throws Exception {
    Path file = config(OPTED_IN);
    create();
    String once = Files.readString(file);
    create();
    assertEquals(once, Files.readString(file));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "create --bundle B c1",
        "create -b B c1",
        "create --bundle=B c1",
        "create -b=B c1",
        "create -bB c1",
        "--root create --log state create --pid-file run --bundle B c1",
        "--debug -systemd-cgroup run --detach --bundle B c1",
      })
  void findsTheBundle(String args) throws Exception {
    Path file = config(OPTED_IN);
    run(scratch, args.replace("B", bundle.toString()).split(" "));
    assertTrue(Files.readString(file).contains("diffkeeper-hook"), args);
  }

  @Test
  void theBundleIsTheWorkingDirectoryByDefault() throws Exception {
    Path file = config(OPTED_IN);
    run(bundle, "create", "c1");
    assertTrue(Files.readString(file).contains("diffkeeper-hook"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"start", "delete", "exec", "state", "kill"})
  void readsNoBundleForOtherCommands(String command) throws Exception {
    Path file = config(OPTED_IN);
    assertEquals(7, run(bundle, command, "--bundle", bundle.toString(), "create").code());
    assertEquals(OPTED_IN, Files.readString(file));
  }

  @Test
  void leavesOthersContainersAlone() throws Exception {
    Path file = config(OTHER);
    assertEquals(7, create().code());
    assertEquals(OTHER, Files.readString(file));
  }

  @Test
  void leavesAMissingBundleToTheRuntime() throws Exception {
    assertEquals(7, create().code());
  }

  @Test
  void aConfigurationThatCannotBeReadStopsTheContainer() throws Exception {
    config("{\"annotations\"");
    Path log = scratch.resolve("log");
    Result result = create("--log", log.toString(), "--log-format", "json");
    String why = bundle + "/config.json: not the JSON of a container";
    assertEquals(
        new Result(10, "", "diffkeeper: " + why + " (see journalctl -t diffkeeper)\n"), result);
    String line = Files.readString(log);
    assertTrue(
        line.startsWith("{\"level\":\"error\",\"msg\":\"diffkeeper: " + why + "\",\"time\":\"20"),
        line);
    assertFalse(Files.exists(scratch.resolve("args")), "the runtime ran");
    Files.delete(log);
    create("--log", log.toString());
    line = Files.readString(log);
    assertTrue(line.matches("time=\"[^\"]*\" level=error msg=\"diffkeeper: .*container\"\n"), line);
  }

  @Test
  void orItStartsWithoutHooksWhereTheOperatorWantsThat() throws Exception {
    settings("runtime = \"" + real + "\"", "on-failure = \"continue\"");
    config("{\"annotations\"");
    assertEquals(7, create().code());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "on-failure = \"maybe\"",
        "on-failure",
        "unknown = \"x\"",
        "config = \"relative\"",
        "config = \"/a\\\"b\"",
        "run-dir = \"/x\" y",
        "[table]",
      })
  void wrongSettingsStopOnlyWhoOptedIn(String line) throws Exception {
    settings("runtime = \"" + real + "\"", line);
    config(OPTED_IN);
    Result result = create();
    assertEquals(10, result.code());
    assertTrue(result.err().contains("etc/diffkeeper/runtime.toml:2: "), result.err());
    config(OTHER);
    assertEquals(7, create().code());
    assertEquals(7, run(scratch, "delete", "c1").code());
  }

  @Test
  void saysWhichRuntimeIsMissing() throws Exception {
    settings("runtime = \"/no/such/runc\"");
    Result result = run(scratch, "state", "c1");
    assertEquals(1, result.code());
    assertTrue(result.err().contains("cannot run /no/such/runc: No such file"), result.err());
    settings("runtime = \"no-such-runtime\"");
    result = run(scratch, "state", "c1");
    assertTrue(result.err().contains("/no-such-runtime: No such file"), result.err());
  }

  @Test
  void doesNotRunItself() throws Exception {
    settings("runtime = \"" + prefix.resolve("bin/diffkeeper-runtime") + "\"");
    Result result = run(scratch, "state", "c1");
    assertEquals(10, result.code());
    assertTrue(result.err().contains("is diffkeeper-runtime itself"), result.err());
  }

  @Test
  void findsARuntimeByItself() throws Exception {
    settings();
    Result result = run(scratch, "--version");
    assertEquals(0, result.code());
    assertTrue(result.out().contains("runc") || result.out().contains("crun"), result.out());
  }

  @Test
  void escapesWhatItTellsTheEngine() throws Exception {
    Path odd = Files.createDirectories(scratch.resolve("a\"b\\c\nd"));
    Files.writeString(odd.resolve("config.json"), "{");
    Path log = scratch.resolve("log");
    String[] args = {"--log", log.toString(), "--log-format=json", "create", "-b", odd.toString()};
    assertEquals(10, run(scratch, args).code());
    String line = Files.readString(log);
    assertTrue(line.contains("a\\\"b\\\\c?d/config.json"), line);
  }
}
