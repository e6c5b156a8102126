package io.diffkeeper.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What keepers and commands run on: the product's own Java, and archives of their classes. */
@Timeout(600)
class StartPathIT {
  /** A host without any Java, but with settings for one that would keep every Java from running. */
  private static final String WITHOUT_JAVA =
      """
      [ ! -d /usr/lib/jvm ] || mount -t tmpfs none /usr/lib/jvm || exit 99
      ! java -version 2> /dev/null || exit 98
      exec "$@"
      """;

  private static final List<String> NO_JAVA =
      List.of("unshare", "--mount", "--propagation", "slave", "env", "JAVA_HOME=/nonsense");
  private static final List<String> NO_OPTION =
      List.of(
          "CLASSPATH=/nonsense",
          "JAVA_TOOL_OPTIONS=-XX:+NoSuchFlag",
          "JDK_JAVA_OPTIONS=-XX:+NoSuchFlag",
          "_JAVA_OPTIONS=-XX:+NoSuchFlag");

  private static List<String> withoutJava() {
    List<String> words = new ArrayList<>(NO_JAVA);
    words.addAll(NO_OPTION);
    words.add("PATH=/usr/sbin:/usr/bin:/sbin:/bin");
    words.addAll(List.of("sh", "-c", WITHOUT_JAVA, "sh"));
    return words;
  }

  /** The files that a process has mapped. */
  private static List<Path> maps(long pid) {
    try {
      return Files.readAllLines(Path.of("/proc", "" + pid, "maps")).stream()
          .filter(line -> line.indexOf('/') > 0)
          .map(line -> Path.of(line.substring(line.indexOf('/'))))
          .distinct()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void assertRunsOnItsOwn(long pid, String archive) {
    Path home = World.dist().resolve("lib/diffkeeper");
    List<Path> maps = maps(pid);
    assertTrue(maps.contains(home.resolve("runtime/lib/server/libjvm.so")), maps::toString);
    assertTrue(maps.contains(home.resolve(archive)), "refused: " + archive + " " + maps);
    assertFalse(maps.stream().anyMatch(file -> file.startsWith("/usr/lib/jvm")), maps::toString);
  }

  @Test
  void needsNoJavaOfTheHostAndUsesItsArchives() throws Exception {
    try (World world = new World("crun", "spares = 1")) {
      world.enter(withoutJava());
      world.once("sh", "-c", "echo first > /data/f");
      long spare = world.awaitSpare().pid();
      assertRunsOnItsOwn(spare, "keeper.jsa");
      String script = "cat /data/f; while [ ! -e /data/end ]; do sleep 0.1; done";
      Attached container = world.start(List.of(), Images.FIRST, "sh", "-c", script);
      container.await("first");
      List<ProcessHandle> keepers = world.keepers();
      assertEquals(List.of(spare), keepers.stream().map(ProcessHandle::pid).toList());
      assertEquals(Set.of("PATH", "LANG", "MALLOC_ARENA_MAX"), environment(spare));
      assertCommandRunsOnItsOwn(world);
      List<String> cat = new ArrayList<>(withoutJava());
      cat.addAll(List.of(World.program(), "cat", "--store", "" + world.store()));
      cat.addAll(List.of(world.name, "/data/f"));
      assertEquals("first\n", world.run(null, cat).expect(0).out());
      world.podman("exec", world.name, "touch", "/data/end");
      assertEquals(0, container.end());
      world.enter(List.of());
      world.remove();
    }
  }

  private static Set<String> environment(long pid) throws IOException {
    byte[] all = Files.readAllBytes(Path.of("/proc", "" + pid, "environ"));
    Set<String> names = new TreeSet<>();
    for (String variable : new String(all, StandardCharsets.ISO_8859_1).split("\0")) {
      names.add(variable.replaceFirst("=.*", ""));
    }
    return names;
  }

  private static void assertCommandRunsOnItsOwn(World world) throws IOException {
    Path socket = world.scratch().resolve("metrics");
    String[] listen = {"--run-dir", "" + world.runDir(), "--listen", "" + socket};
    Attached metrics = world.startCli("metrics", List.of(listen));
    Await.until("it serves metrics", () -> Files.exists(socket), metrics::everything);
    assertRunsOnItsOwn(metrics.pid(), "cli.jsa");
    metrics.close();
  }

  /** As docs/guides/tracing.md has it. */
  @Test
  void tellsWhereTheTimeOfAStartGoes() throws Exception {
    try (World world = new World("crun", World.NO_SPARES)) {
      world.hookOption("--trace-start");
      world.once("true");
      String told = world.hookErrors();
      for (String phase : List.of("keeper's Java is up", "request received", "ready", "answered")) {
        assertTrue(told.matches("(?s).*\\d+\\.\\d\\d ms  " + phase + "\n.*"), phase + "\n" + told);
      }
      world.assertLogged("container's end seen");
    }
  }
}
