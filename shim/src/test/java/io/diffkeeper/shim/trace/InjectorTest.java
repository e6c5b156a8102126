package io.diffkeeper.shim.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.log.Log;
import io.diffkeeper.shim.adoption.Tally;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class InjectorTest {
  @TempDir Path scratch;

  private Path program(String script) throws IOException {
    Path program = scratch.resolve("program");
    Files.writeString(program, "#!/bin/sh\n" + script + "\n");
    return Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
  }

  private void run(Duration timeMax, String namespace, Tally.Outcome expected, String... command) {
    Tally tally = new Tally(scratch, "trace");
    new Injector(List.of(command), timeMax, tally, Log.none())
        .run("web", "podman", namespace, "start");
    await(() -> tally.of(expected) > 0);
  }

  private static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(100);
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < deadline, "not within 100 s");
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
    }
  }

  @Test
  void theCommandIsToldOfTheContainer() throws IOException {
    Path told = scratch.resolve("told");
    Path program = program("echo \"$@\" > " + told + "; env | sort >> " + told);
    run(Injector.TIME_MAX, "$(id) ;", Tally.Outcome.COMMANDED, program.toString(), "$HOME", "b");
    List<String> lines =
        Files.readAllLines(told).stream()
            .filter(line -> !line.matches("(PATH|PWD|SHLVL|OLDPWD|_)=.*"))
            .toList();
    assertEquals(
        List.of(
            "$HOME b web",
            "CONTAINER_ID=web",
            "DIFFKEEPER_CONTAINER_ID=web",
            "DIFFKEEPER_NAMESPACE=$(id) ;",
            "DIFFKEEPER_RUNTIME=podman",
            "DIFFKEEPER_STATE=start",
            "NAMESPACE=$(id) ;",
            "RUNTIME=podman",
            "STATE=start"),
        lines);
  }

  @Test
  void failuresAreCounted() throws IOException {
    run(Injector.TIME_MAX, "", Tally.Outcome.COMMAND_FAILED, program("exit 3").toString());
    run(Injector.TIME_MAX, "", Tally.Outcome.COMMAND_FAILED, "/nowhere/program");
  }

  @Test
  void aCommandThatHangsIsKilledWithItsChildren() throws IOException {
    Path program = program("sleep 1000 & echo $! > $0.new; mv $0.new $0.child; wait");
    run(Duration.ofSeconds(2), "", Tally.Outcome.COMMAND_FAILED, program.toString());
    Path child = scratch.resolve("program.child");
    if (Files.exists(child)) { // else the machine was so busy that it did not come so far
      long pid = Long.parseLong(Files.readString(child).strip());
      await(() -> !ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false));
    }
  }

  @Test
  void noCommandIsRunWhereThereIsNone() {
    Tally tally = new Tally(scratch, "trace");
    new Injector(List.of(), Injector.TIME_MAX, tally, Log.none()).run("web", "", "", "start");
    assertEquals(0, tally.of(Tally.Outcome.COMMANDED) + tally.of(Tally.Outcome.COMMAND_FAILED));
  }
}
