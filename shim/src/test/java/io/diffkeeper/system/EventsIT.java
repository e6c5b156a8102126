package io.diffkeeper.system;

import static io.diffkeeper.system.PodsIT.COUNT;
import static io.diffkeeper.system.PodsIT.KEEPING;
import static io.diffkeeper.system.PodsIT.found;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
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
      String metrics = node.cli("metrics", "--run-dir", "" + node.runDir()).out();
      assertTrue(metrics.contains("service=\"events\",outcome=\"uninjected\"} 0"), metrics);
      container.kill();
      node.awaitNoKeeper();
      assertEquals(2, found(pod.start("app", COUNT)));
    }
  }
}
