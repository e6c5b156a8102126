package io.diffkeeper.system;

import static io.diffkeeper.system.PodsIT.COUNT;
import static io.diffkeeper.system.PodsIT.KEEPING;
import static io.diffkeeper.system.PodsIT.found;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Containers that have no keeper are found by containerd's events. */
@Timeout(900)
class EventsIT {
  /** A handler that tells containers of the annotations, and adds no hooks. */
  private static final String[] WITHOUT_HOOKS = {
    "[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.plain]",
    "runtime_type = \"io.containerd.runc.v2\"",
    "pod_annotations = [\"io.diffkeeper.*\"]"
  };

  private static final long MEMORY_BYTES = 48 << 20;
  private static final String UNTIL_TOLD = "while [ ! -e /data/go ]; do sleep 0.05; done; ";
  private static final String GROW = "x=0123456789abcdef; while true; do x=$x$x; done";

  private static List<Path> containerds() {
    return Node.containerds();
  }

  private static void startService(Node node) throws IOException {
    Attached service =
        node.start(
            List.of(
                Host.dist().resolve("bin/diffkeeper-shim").toString(),
                "events",
                "--socket",
                node.containerd().socket().toString(),
                "--config",
                node.config().toString(),
                "--run-dir",
                node.runDir().toString()));
    Await.until(
        "the service is up",
        () -> node.log().contains("events of containerd"),
        () -> service.everything() + node.log());
  }

  private static void awaitLate(Node node) {
    Await.until(
        "a keeper came late",
        () -> node.cli("status", "--run-dir", "" + node.runDir()).out().contains("(late)"),
        node::log);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("containerds")
  void aContainerWithoutHooksIsCapturedWhenItHasStarted(Path programs) throws Exception {
    try (Node node = Node.of(programs, WITHOUT_HOOKS)) {
      startService(node);
      Pod pod = node.pod("plain", "web", KEEPING);
      PodContainer wentBy = pod.start("app", COUNT);
      assertEquals(0, found(wentBy));
      awaitLate(node);
      node.assertLogged(wentBy.id() + " went by");
      wentBy.exec("sh", "-c", "echo 2 >> /data/count");
      wentBy.kill();
      node.awaitNoKeeper();
      node.assertLogged("ended: status 137");
      assertEquals(2, found(node.pod("web", KEEPING).start("app", COUNT)));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("containerds")
  void aContainerWhoseKeeperDiedGetsAnother(Path programs) throws Exception {
    try (Node node = Node.of(programs)) {
      Pod pod = node.pod("web", KEEPING);
      PodContainer container = pod.start("app", COUNT);
      assertEquals(0, found(container));
      node.killKeepers();
      container.exec("sh", "-c", "echo 2 >> /data/count");
      startService(node);
      awaitLate(node);
      node.assertLogged("its keeper died");
      node.killKeepers();
      container.exec("sh", "-c", "echo 2 >> /data/count");
      awaitLate(node); // the service is not told of that: it looks
      String metrics = node.cli("metrics", "--run-dir", "" + node.runDir()).out();
      assertTrue(metrics.contains("service=\"events\",outcome=\"uninjected\"} 0"), metrics);
      container.kill();
      node.awaitNoKeeper();
      assertEquals(3, found(pod.start("app", COUNT)));
    }
  }

  /** With a keeper from the start, and with one that came late. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("containerds")
  void aLastVersionTellsHowItsContainerEnded(Path programs) throws Exception {
    try (Node node = Node.of(programs, WITHOUT_HOOKS)) {
      startService(node);
      for (String handler : List.of(Node.HANDLER, "plain")) {
        Pod exits = node.pod(handler, "exits-" + handler, KEEPING);
        PodContainer exit = exits.start("app", "sh", "-c", UNTIL_TOLD + "exit 7");
        Pod grows = node.pod(handler, "grows-" + handler, KEEPING);
        PodContainer grow = grows.create("app", Images.FIRST, MEMORY_BYTES, UNTIL_TOLD + GROW);
        grow.start();
        Await.until("both have keepers", () -> node.keepers().size() == 2, node::log);
        for (PodContainer container : List.of(exit, grow)) {
          container.exec("touch", "/data/go");
          container.awaitExit();
        }
        node.awaitNoKeeper();
        awaitEnding(node, "exits-" + handler, 7, false);
        awaitEnding(node, "grows-" + handler, 137, true);
      }
      String metrics = node.cli("metrics", "--run-dir", "" + node.runDir()).out();
      assertTrue(metrics.contains("diffkeeper_shim_connected{service=\"events\"} 1"), metrics);
    }
  }

  private static void awaitEnding(Node node, String pod, int code, boolean outOfMemory) {
    String told = "\"exit\" : " + code + ",\\s*\"oom\" : " + outOfMemory + ",";
    Pattern pattern = Pattern.compile(told);
    Await.until(
        pod + " tells " + told,
        () -> pattern.matcher(log(node, pod)).find(),
        () -> log(node, pod) + node.log());
  }

  private static String log(Node node, String pod) {
    return node.cli("log", "--json", "k8s/default/" + pod + "_app").expect(0).out();
  }
}
