package io.diffkeeper.system;

import static io.diffkeeper.system.PodsIT.COUNT;
import static io.diffkeeper.system.PodsIT.KEEPING;
import static io.diffkeeper.system.PodsIT.found;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Pods of the default handler, whose containers get their hooks from the NRI plugin. */
@Timeout(900)
class NriIT {
  private static final int PODS = 16;
  private static final int STARTERS = 3;

  /** Debian 12's has no NRI. */
  private static List<Path> containerds() {
    return Node.containerds().subList(1, 3);
  }

  /** A node with NRI, and the plugin on it. */
  private static final class Plugged implements AutoCloseable {
    private final Path folder;
    private final Node node;
    private Attached plugin;

    Plugged(Path programs) throws IOException {
      folder = Files.createTempDirectory(Path.of("/run"), "dk-nri");
      node =
          Node.of(
              programs,
              "[plugins.\"io.containerd.nri.v1.nri\"]",
              "disable = false",
              "socket_path = \"" + socket() + "\"",
              "plugin_path = \"" + folder + "/plugins\"",
              "plugin_config_path = \"" + folder + "/conf.d\"");
    }

    private Path socket() {
      return folder.resolve("nri.sock");
    }

    void startPlugin() throws IOException {
      long before = connections();
      plugin =
          node.start(
              List.of(
                  Host.dist().resolve("bin/diffkeeper-shim").toString(),
                  "nri",
                  "--socket",
                  socket().toString(),
                  "--config",
                  node.config().toString(),
                  "--run-dir",
                  node.runDir().toString()));
      Await.until(
          "the plugin is taken",
          () -> connections() > before,
          () -> node.log() + plugin.everything() + node.engineLog());
    }

    /** How often containerd has told a plugin of all that runs. */
    private long connections() {
      return node.log().lines().filter(line -> line.contains("plugin of containerd")).count();
    }

    void killPlugin() throws InterruptedException {
      ProcessHandle.of(plugin.pid()).ifPresent(ProcessHandle::destroyForcibly);
      plugin.end();
    }

    Pod pod(String name) {
      return node.pod("", name, KEEPING);
    }

    String metrics() {
      return node.cli("metrics", "--run-dir", node.runDir().toString()).expect(0).out();
    }

    private void awaitMetric(String outcome, int least) {
      String sample = "shim_containers_total{service=\"nri\",outcome=\"" + outcome + "\"} ";
      Await.until(
          least + " " + outcome,
          () ->
              metrics()
                  .lines()
                  .filter(line -> line.contains(sample))
                  .anyMatch(line -> Long.parseLong(line.replaceAll(".* ", "")) >= least),
          () -> metrics() + node.log());
    }

    @Override
    public void close() throws IOException {
      node.close();
      Run.of(Path.of("/tmp"), null, List.of("rm", "-rf", folder.toString()));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("containerds")
  void aContainersStateIsBackWithoutAHandlerOfItsOwn(Path programs) throws Exception {
    try (Plugged world = new Plugged(programs)) {
      world.startPlugin();
      Pod pod = world.pod("web");
      PodContainer first = pod.start("app", COUNT);
      assertEquals(0, found(first));
      first.kill();
      assertEquals(1, found(pod.start("app", COUNT)));
      world.node.remove(pod);
      assertEquals(2, found(world.pod("web").start("app", COUNT)));
      assertEquals(0, found(world.node.pod("", "other", Map.of()).start("app", COUNT)));
      world.awaitMetric("injected", 3);
      assertTrue(world.metrics().contains("outcome=\"uninjected\"} 0\n"), world.metrics());
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("containerds")
  void aContainerThatWentByIsToldOfAndCapturedFromThenOn(Path programs) throws Exception {
    try (Plugged world = new Plugged(programs)) {
      world.startPlugin();
      PodContainer before = world.pod("before").start("app", COUNT);
      assertEquals(0, found(before));
      world.killPlugin();
      Pod pod = world.pod("web");
      PodContainer wentBy = pod.start("app", COUNT);
      assertEquals(0, found(wentBy));
      world.startPlugin();
      world.awaitMetric("uninjected", 1);
      world.awaitMetric("adopted", 1);
      world.node.assertLogged(wentBy.id() + " went by");
      assertEquals(2, world.node.keepers().size(), world.node.log());
      wentBy.exec("sh", "-c", "echo 2 >> /data/count");
      String status = world.node.cli("status", "--run-dir", "" + world.node.runDir()).out();
      assertTrue(status.contains("(late)"), status);
      wentBy.kill();
      before.kill();
      world.node.awaitNoKeeper();
      assertEquals(2, found(pod.start("app", COUNT)));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("containerds")
  void aPluginThatDiesAgainAndAgainWhilePodsStartStopsNone(Path programs) throws Exception {
    try (Plugged world = new Plugged(programs)) {
      world.startPlugin();
      ExecutorService threads = Executors.newFixedThreadPool(STARTERS);
      List<Future<PodContainer>> starting = new ArrayList<>();
      for (int i = 0; i < PODS; i++) {
        Pod pod = world.pod("pod-" + i); // its sandbox; the container is what the plugin is for
        starting.add(threads.submit(() -> pod.start("app", COUNT)));
        if (i % 4 == 2) {
          world.killPlugin();
        } else if (i % 4 == 3) {
          world.startPlugin();
        }
      }
      threads.shutdown();
      List<PodContainer> all = new ArrayList<>();
      for (Future<PodContainer> each : starting) {
        all.add(each.get());
        assertEquals(0, found(all.get(all.size() - 1)));
      }
      Await.until(
          "all containers have a keeper",
          () -> world.node.keepers().size() == PODS,
          world.node::log);
      String status = world.node.cli("status", "--run-dir", "" + world.node.runDir()).out();
      long late = status.lines().filter(line -> line.contains("(late)")).count();
      long told = all.stream().filter(each -> wentBy(world, each)).count();
      assertTrue(told == late, () -> told + " of " + late + "\n" + world.node.log() + status);
      all.forEach(PodContainer::kill);
      world.node.awaitNoKeeper();
      for (int i = 0; i < PODS; i++) {
        String count = world.node.cli("cat", "k8s/default/pod-" + i + "_app", "/data/count").out();
        assertEquals("1\n", count);
      }
    }
  }

  /** Told of as a container that was found too late; or one whose hooks' keeper was. */
  private static boolean wentBy(Plugged world, PodContainer container) {
    String log = world.node.log();
    return log.contains("container " + container.id() + " went by");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("containerds")
  void aRestartOfContainerdEndsNoKeeperAndThePluginComesBack(Path programs) throws Exception {
    try (Plugged world = new Plugged(programs)) {
      world.startPlugin();
      PodContainer before = world.pod("before").start("app", COUNT);
      assertEquals(0, found(before));
      long keeper = world.node.keepers().get(0).pid();
      long connections = world.connections();
      world.node.containerd().kill();
      world.node.containerd().start();
      Await.until(
          "the plugin is taken again", () -> world.connections() > connections, world.node::log);
      assertEquals(List.of(keeper), world.node.keepers().stream().map(k -> k.pid()).toList());
      before.exec("sh", "-c", "echo 2 >> /data/count");
      Pod pod = world.pod("after");
      PodContainer after = pod.start("app", COUNT);
      assertEquals(0, found(after));
      assertEquals(2, world.node.keepers().size());
      String status = world.node.cli("status", "--run-dir", "" + world.node.runDir()).out();
      assertTrue(!status.contains("(late)"), status);
      assertTrue(world.metrics().contains("outcome=\"uninjected\"} 0\n"), world.metrics());
      before.kill();
      after.kill();
      world.node.awaitNoKeeper();
      assertEquals("1\n2\n", world.node.cli("cat", "k8s/default/before_app", "/data/count").out());
      assertEquals(1, found(pod.start("app", COUNT)));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("containerds")
  void aMalformedAnnotationIsTheReasonWhyAContainerDoesNotStart(Path programs) throws Exception {
    try (Plugged world = new Plugged(programs)) {
      world.startPlugin();
      Pod pod = world.node.pod("", "wrong", Map.of("io.diffkeeper.state-dir", "data"));
      PodContainer container = pod.create("app", Images.FIRST, "sleep", "1000");
      try {
        container.start();
        throw new AssertionError("it started");
      } catch (StatusRuntimeException refused) {
        assertTrue(refused.getMessage().contains("annotation io.diffkeeper.state-dir: "));
      }
    }
  }
}
